import Calendars
import GateModel
import GateTesting
import Testing

/// Every zone of the database against an independent reader of the same files.
@Suite struct ZoneComparisonTests {
    enum Source: CaseIterable { case installed, slim, fat }

    /// Writes, for each zone: length and name, count, then pairs of instant and offset, all little-endian.
    ///
    /// Instants are those of the file's own table, one second before and after, and random ones.
    static let reference = """
        import os, random, struct, sys, zoneinfo
        from datetime import datetime, timedelta, timezone
        epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
        first, last, far = -2208988800, 4102444800, 16725225600
        rng = random.Random(int(sys.argv[1]))
        out = []
        for name in sorted(zoneinfo.available_timezones()):
            zone = zoneinfo.ZoneInfo(name)
            with open(os.path.join(zoneinfo.TZPATH[0], name), 'rb') as file:
                data = file.read()
            counts = struct.unpack('>6l', data[20:44])
            isut, isstd, leap, time, kind, char = counts
            start = 44 + time * 5 + kind * 6 + char + leap * 8 + isstd + isut
            count = struct.unpack('>l', data[start + 32:start + 36])[0]
            table = struct.unpack('>%dq' % count, data[start + 44:start + 44 + 8 * count])
            probes = [t + d for t in table if t > -60000000000 for d in (-1, 0, 1)]
            probes += [rng.randrange(first, last) for _ in range(40)]
            probes += [rng.randrange(last, far) for _ in range(10)]
            label = name.encode()
            out.append(struct.pack('<H', len(label)) + label + struct.pack('<I', len(probes)))
            for probe in probes:
                offset = (epoch + timedelta(seconds=probe)).astimezone(zone).utcoffset()
                out.append(struct.pack('<qi', probe, offset.days * 86400 + offset.seconds))
        sys.stdout.buffer.write(b''.join(out))
        """

    @Test(arguments: Source.allCases)
    func everyOffsetIsThatOfTheReference(source: Source) throws {
        let seed = 2026
        let temporary = try TemporaryFolder()
        var folder = ZoneDatabase.systemFolder
        if source != .installed {
            folder = temporary.path
            _ = try run(["zic", "-b", "\(source)", "-d", folder, ZoneDatabase.systemFolder + "/tzdata.zi"])
            _ = try run(["cp", ZoneDatabase.systemFolder + "/tzdata.zi", folder])
        }
        let database = try ZoneDatabase(folder: folder)
        let output = try run(
            ["python3", "-c", Self.reference, "\(seed)"], environment: ["PYTHONTZPATH": folder])
        var (zones, probes, index) = (0, 0, 0)
        output.withUnsafeBytes { bytes in
            func number<T: FixedWidthInteger>(_ type: T.Type) -> T {
                defer { index += MemoryLayout<T>.size }
                return T(littleEndian: bytes.loadUnaligned(fromByteOffset: index, as: T.self))
            }
            while index < bytes.count {
                let length = Int(number(UInt16.self))
                let name = String(decoding: bytes[index..<(index + length)], as: UTF8.self)
                index += length
                let count = Int(number(UInt32.self))
                guard let zone = try? database.zone(named: name) else {
                    Issue.record("\(source): \(name) cannot be read")
                    return
                }
                zones += 1
                for _ in 0..<count {
                    let time = Instant(seconds: number(Int64.self))
                    let expected = Int(number(Int32.self))
                    let offset = zone.offset(at: time)
                    probes += 1
                    if offset != expected && !(source == .slim && isKnown(name, time)) {
                        Issue.record("seed \(seed), \(source), \(name), \(time): \(offset) instead of \(expected)")
                    }
                }
            }
        }
        #expect(zones > 400 && probes > 50 * zones)
    }

    /// `zic -b slim` leaves out a change, so that the footer contradicts the table for a week, and the reference with it.
    private func isKnown(_ name: String, _ time: Instant) -> Bool {
        let week = instant("2022-10-30T08:00:00Z")..<instant("2022-11-06T07:00:00Z")
        return name == "America/Ojinaga" && week.contains(time)
    }

    @Test(arguments: [31, 32])
    func stretchesAgreeWithOffsets(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for name in [
            "America/Nuuk", "Europe/Dublin", "Antarctica/Troll", "Africa/Casablanca", "Pacific/Apia",
            "America/Vancouver",
        ] {
            let zone = try system.zone(named: name)
            let regimes = zone.regimes(from: instant("1850-01-01T00:00:00Z"), until: instant("2200-01-01T00:00:00Z"))
            #expect(zip(regimes, regimes.dropFirst()).allSatisfy { $0.until == $1.from && $0.offset != $1.offset })
            for regime in regimes {
                let length = min(regime.until - regime.from, .days(100_000)).milliseconds
                let inside = regime.until - Span(milliseconds: .random(in: 1...length, using: &random))
                for time in [
                    inside, regime.until - Span(milliseconds: 1), max(regime.from, instant("1800-01-01T00:00:00Z")),
                ] {
                    #expect(zone.offset(at: time) == regime.offset, "seed \(seed), \(name), \(time.rfc3339)")
                    #expect(zone.regime(at: time) == regime, "seed \(seed), \(name), \(time.rfc3339)")
                }
            }
        }
    }
}
