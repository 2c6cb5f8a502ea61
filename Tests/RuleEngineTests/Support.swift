import Calendars
import FoundationEssentials
import GateModel
import GateTesting
import PolicyPack
import RuleEngine

extension SeededGenerator {
    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    mutating func pick<T>(_ values: [T]) -> T { values[Int.random(in: 0..<values.count, using: &self)] }

    /// Some of the values, in their order.
    mutating func some<T>(_ values: [T], percent: Int = 50) -> [T] { values.filter { _ in chance(percent) } }

    mutating func maybe<T>(_ percent: Int, _ make: (inout SeededGenerator) -> T) -> T? {
        chance(percent) ? make(&self) : nil
    }
}

func load(_ files: PolicyFiles) -> LoadedPolicy {
    do { return try files.load(zones: installedZones, tzdata: installedZones.version) } catch { fatalError("\(error)") }
}

func instant(_ text: String) -> Instant {
    guard let instant = Instant(rfc3339: text) else { fatalError("not RFC 3339: \(text)") }
    return instant
}
