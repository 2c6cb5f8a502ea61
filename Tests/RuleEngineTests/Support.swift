import Calendars
import FoundationEssentials
import GateModel
import PolicyPack
import RuleEngine

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

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    mutating func pick<T>(_ values: [T]) -> T { values[Int.random(in: 0..<values.count, using: &self)] }

    /// Some of the values, in their order.
    mutating func some<T>(_ values: [T], percent: Int = 50) -> [T] { values.filter { _ in chance(percent) } }

    mutating func maybe<T>(_ percent: Int, _ make: (inout SeededGenerator) -> T) -> T? {
        chance(percent) ? make(&self) : nil
    }
}

struct InstalledZones: ZoneSource {
    static let database: ZoneDatabase = {
        do { return try ZoneDatabase() } catch { fatalError("\(error)") }
    }()

    func zone(_ name: String) -> Zone? { try? InstalledZones.database.zone(named: name) }
}

/// The policy folder of the repository.
let policyFolder: String = {
    let parts = #filePath.split(separator: "/", omittingEmptySubsequences: false)
    return parts.dropLast(3).joined(separator: "/") + "/policy"
}()

let shippedFiles: PolicyFiles = {
    do { return try PolicyFiles(folder: policyFolder) } catch { fatalError("\(error)") }
}()

func load(_ files: PolicyFiles) -> LoadedPolicy {
    do { return try files.load(zones: InstalledZones(), tzdata: InstalledZones.database.version) } catch {
        fatalError("\(error)")
    }
}

let shippedPolicy = load(shippedFiles)

func instant(_ text: String) -> Instant {
    guard let instant = Instant(rfc3339: text) else { fatalError("not RFC 3339: \(text)") }
    return instant
}
