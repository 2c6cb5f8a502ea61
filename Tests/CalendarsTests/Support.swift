import Calendars
import Foundation
import GateModel
import GateTesting

/// SplitMix64: the same numbers for the same seed on every machine.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// The database that the machine has installed.
let system: ZoneDatabase = {
    do {
        return try ZoneDatabase()
    } catch {
        fatalError("\(error)")
    }
}()

func instant(_ text: String) -> Instant {
    guard let instant = Instant(rfc3339: text) else { fatalError("not RFC 3339: \(text)") }
    return instant
}

func date(_ text: String) -> CivilDate {
    guard let date = CivilDate(text) else { fatalError("not a date: \(text)") }
    return date
}

/// `2026-11-23T09:30:00` on a clock that hangs nowhere.
func local(_ text: String) -> LocalTime {
    let utc = instant(text + "Z").milliseconds
    let day = date(String(text.prefix(10)))
    return LocalTime(date: day, millisecondOfDay: Int(utc - Int64(day.daysSinceEpoch) * 86_400_000))
}

/// Runs a program found on the path, or where administrators' tools live; returns what it wrote.
func run(_ arguments: [String], environment: [String: String] = [:]) throws -> [UInt8] {
    let path = ["PATH": "/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin"]
    let process = try ChildProcess(arguments, environment: path.merging(environment) { $1 }, output: .pipe)
    let bytes = process.readAll()
    guard process.wait() == .exit(0) else { throw ProgramFailed(program: arguments[0]) }
    return bytes
}

struct ProgramFailed: Error { var program: String }

/// Writes TZif files, malformed ones too.
struct FileBuilder {
    var version: UInt8 = 2
    var transitions: [(time: Int64, type: UInt8)] = []
    var types: [(offset: Int32, isDaylight: UInt8, designation: UInt8)] = [(0, 0, 0)]
    var designations: [UInt8] = Array("ABC\0".utf8)
    var leaps: [(occurrence: Int64, correction: Int32)] = []
    var standard: [UInt8] = []
    var ut: [UInt8] = []
    var footer = ""

    var bytes: [UInt8] {
        guard version > 1 else { return header + block(wide: false) }
        // A first block of a version that readers skip, with contents that would be refused in the second.
        var first = self
        first.transitions = [(5, 200), (4, 201)]
        return first.header + first.block(wide: false) + header + block(wide: true) + Array("\n\(footer)\n".utf8)
    }

    func zone(_ name: String = "Test/Zone") throws(ZoneError) -> Zone { try Zone(name: name, tzif: bytes) }

    private var header: [UInt8] {
        var bytes = Array("TZif".utf8) + [version == 1 ? 0 : 48 + version] + [UInt8](repeating: 0, count: 15)
        for count in [ut.count, standard.count, leaps.count, transitions.count, types.count, designations.count] {
            bytes += big(UInt32(count))
        }
        return bytes
    }

    private func block(wide: Bool) -> [UInt8] {
        func time(_ value: Int64) -> [UInt8] {
            wide ? big(UInt64(bitPattern: value)) : big(UInt32(bitPattern: Int32(truncatingIfNeeded: value)))
        }
        var bytes: [UInt8] = []
        for transition in transitions { bytes += time(transition.time) }
        bytes += transitions.map(\.type)
        for type in types { bytes += big(UInt32(bitPattern: type.offset)) + [type.isDaylight, type.designation] }
        bytes += designations
        for leap in leaps { bytes += time(leap.occurrence) + big(UInt32(bitPattern: leap.correction)) }
        return bytes + standard + ut
    }

    private func big<T: FixedWidthInteger>(_ value: T) -> [UInt8] {
        withUnsafeBytes(of: value.bigEndian) { Array($0) }
    }
}
