import Calendars
import GateModel
import Glibc
import Numbering
import PolicyPack
import Suppression

/// One measurement each, for a process of its own: peak memory is that of the step.
struct Steps {
    let country: NumberStream.Country
    let count: Int
    let folder: ListFolder
    private let definition: ListDefinition
    private let numbers: NumberReader
    private static let now = Instant(milliseconds: 1_767_225_600_000)  // 2026-01-01

    init(_ country: NumberStream.Country, count: Int, data: String) throws {
        self.country = country
        self.count = count
        folder = ListFolder(data: data)
        definition = try ListDefinition(name: "registry-\(country)", region: country.region)
        let zones = try ZoneDatabase()
        numbers = try PolicyFiles(folder: "policy").load(zones: zones, tzdata: zones.version).numbers
    }

    func generate(_ order: NumberStream.Order, edition: Int) {
        stream(edition).write(order) { Process.write($0) }
    }

    /// - Parameter usesShortcut: Whether numbers may be read as bytes, as the gate does.
    func importInput(_ name: String, usesShortcut: Bool) throws {
        let numbers = numbers
        let region = country.region
        let version = try folder.begin(
            definition, asOf: Self.now, sourceName: "numbers.txt", uploadedBy: "bench", at: Self.now)
        let bulk = BulkNumbers(numbers, region: region)
        let shortcut: (@Sendable (UnsafeRawBufferPointer) -> E164?)? = usesShortcut ? bulk.callable : nil
        let clock = ContinuousClock()
        let start = clock.now
        let spool = try folder.receive(version)
        try Process.readInput { try spool.write($0) }
        let received = try folder.received(version, spool)
        let checking = clock.now
        let checked = try folder.check(
            received, definition, normalise: { numbers.callable($0, region: region) }, shortcut: shortcut)
        let made = try folder.settle(checked, VersionEffect(added: count, removed: 0))
        let taken = seconds(clock.now - start)
        guard made.state == .ready, made.counts.accepted == count, made.counts.lines == count, made.entries == count
        else { throw Wrong(what: "the import lost numbers: \(made.counts) \(made.rejection ?? "")") }
        let bytes = Double(made.index?.bytes ?? 0) / Double(count)
        print(
            "\(name): import \(decimal(taken, 1)) s (receiving \(decimal(seconds(checking - start), 1)) s; "
                + "processors \(decimal(Process.processorTime(ofThread: false), 1)) s), "
                + "\(Int(Double(count) / taken)) numbers/s, \(decimal(bytes, 3)) bytes a number, "
                + "peak memory \(Process.peakMemory) MiB")
    }

    func look(_ name: String) throws {
        let clock = ContinuousClock()
        let version = try latest()
        var snapshot: ListSnapshot!
        let opening = try clock.measure { snapshot = try folder.open(version) }
        let memory = Process.peakMemory
        let stream = stream(0)
        let wanted = 1_000_000 as UInt64
        let indexes = (0..<wanted).map { stream.permuted($0 % UInt64(count)) }
        let hits = indexes.compactMap { E164(digits: stream.number($0)) }
        let misses = indexes.compactMap { E164(digits: stream.number($0, other: true)) }
        var found = 0
        func time(_ numbers: [E164]) -> Double {
            // Of the thread, so that what else runs on the machine does not count.
            let start = Process.processorTime(ofThread: true)
            for number in numbers where snapshot.lookup(number) != nil { found += 1 }
            return (Process.processorTime(ofThread: true) - start) * 1e9 / Double(numbers.count)
        }
        let first = time(hits)
        let hit = time(hits)
        let miss = time(misses)
        guard found == hits.count * 2 else {
            throw Wrong(what: "\(found) of \(hits.count * 2) look-ups found a number")
        }
        let reading = Process.dependentRead(of: folder.indexPath(list: version.list, version: version.number))
        let verifying = try clock.measure { try snapshot.verify() }
        print(
            "\(name): open \(decimal(seconds(opening) * 1000, 1)) ms (peak memory \(memory) MiB), look-up first "
                + "\(Int(first)) ns, hit \(Int(hit)) ns, miss \(Int(miss)) ns "
                + "(one read of memory at a random place: \(Int(reading)) ns), whole hash "
                + "\(decimal(seconds(verifying), 2)) s")
    }

    /// The last version against the one before.
    func compare(_ name: String) throws {
        let versions = try folder.versions(of: definition.name).filter { $0.state == .ready }
        guard versions.count > 1 else { throw Wrong(what: "two versions are needed") }
        let later = try folder.open(versions[versions.count - 1])
        let earlier = try folder.open(versions[versions.count - 2])
        let clock = ContinuousClock()
        var difference = (added: 0, removed: 0)
        let first = clock.measure { difference = later.difference(from: earlier) }
        let again = clock.measure { difference = later.difference(from: earlier) }
        var drops = false
        let cheap = clock.measure { drops = later.dropsAnything(of: earlier) }
        print(
            "\(name): difference +\(difference.added) -\(difference.removed) in \(decimal(seconds(first), 2)) s, again "
                + "\(decimal(seconds(again), 2)) s; drops anything: \(drops) in \(decimal(seconds(cheap) * 1000, 2)) ms"
        )
    }

    /// Reads every page, and says its share of the memory once another process has done the same.
    func share(_ name: String) throws {
        let version = try latest()
        let snapshot = try folder.open(version)
        try snapshot.verify()
        print("ready")
        fflush(nil)
        _ = readLine()
        let (resident, share) = Process.mapped("/\(version.number)/index")
        withExtendedLifetime(snapshot) {
            print("\(name): \(resident) MiB of the index in memory, of which this process bears \(share) MiB (Pss)")
            fflush(nil)
        }
        _ = readLine()
    }

    private func latest() throws -> ListVersion {
        guard let version = try folder.versions(of: definition.name).last(where: { $0.state == .ready }) else {
            throw Wrong(what: "no version was imported")
        }
        return version
    }

    private func stream(_ edition: Int) -> NumberStream {
        NumberStream(country, count: count, edition: edition, numbers: numbers)
    }

    private func seconds(_ duration: Duration) -> Double { duration / .seconds(1) }

    private func decimal(_ value: Double, _ digits: Int) -> String {
        let scale = (0..<digits).reduce(1) { scale, _ in scale * 10 }
        let scaled = Int((value * Double(scale)).rounded())
        let rest = String(scaled % scale)
        return "\(scaled / scale)." + String(repeating: "0", count: digits - rest.count) + rest
    }
}

struct Wrong: Error, CustomStringConvertible {
    var what: String
    var description: String { what }
}
