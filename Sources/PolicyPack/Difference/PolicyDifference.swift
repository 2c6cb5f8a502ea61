import Documents
import GateModel
import RuleEngine

/// One change from a policy to another.
public struct PolicyChange: Hashable, Sendable {
    public enum Direction: String, Hashable, Sendable {
        case stricter, looser
        /// It changes no verdict.
        case neither
    }

    /// The pack it stands in; empty for what belongs to no pack.
    public var pack: String
    /// The rule's id, or the name of what else changed.
    public var subject: String
    /// Which part of it.
    public var part: String
    /// Nil for what was not there.
    public var from: String?
    /// Nil for what is there no longer.
    public var to: String?
    public var direction: Direction
    /// Whether that is sure. What cannot be told counts as looser.
    public var isCertain: Bool
}

/// What differs between two policies, rule by rule, and whether each change lets more calls through.
public struct PolicyDifference: Sendable {
    public let from: String
    public let to: String
    public let changes: [PolicyChange]

    /// Whether anything is looser, or may be.
    public var isLooser: Bool { changes.contains { $0.direction == .looser } }

    public init(from a: LoadedPolicy, to b: LoadedPolicy) {
        from = a.snapshot.id
        to = b.snapshot.id
        var collector = ChangeCollector(
            purposes: Set(a.snapshot.core.purposes + b.snapshot.core.purposes))
        collector.compareCore(a, b)
        collector.comparePacks(a, b)
        collector.compareNamedLists(a.snapshot, b.snapshot)
        collector.compareCalendars(a.snapshot, b.snapshot)
        collector.comparePlans(a.plans, b.plans)
        collector.compareDispositions(a.dispositions, b.dispositions)
        changes = collector.changes
    }

    /// The changes as a JSON array.
    public func writeChanges(to json: inout JSONWriter) {
        json.array { json in
            for change in changes {
                json.object { json in
                    json.member("pack", change.pack)
                    json.member("subject", change.subject)
                    json.member("part", change.part)
                    json.member("from", change.from)
                    json.member("to", change.to)
                    json.member("direction", change.direction.rawValue)
                    json.member("certain", change.isCertain)
                }
            }
        }
    }
}

/// Collects changes while two policies are walked through side by side.
struct ChangeCollector {
    /// Every purpose that either policy knows.
    let purposes: Set<String>
    var changes: [PolicyChange] = []
    var pack = ""
    var subject = ""
    /// Whether nothing that is found now can change a verdict, as in a rule that is switched off.
    var isIdle = false

    init(purposes: Set<String>) { self.purposes = purposes }

    mutating func add(_ part: String, _ from: String?, _ to: String?, _ tendency: Tendency) {
        let tendency = isIdle ? [] : tendency
        changes.append(
            PolicyChange(
                pack: pack, subject: subject, part: part, from: from, to: to,
                direction: tendency.isEmpty ? .neither : tendency == .stricter ? .stricter : .looser,
                isCertain: tendency.contains(.looser) || !tendency.contains(.unknown)))
    }

    /// Adds the change of a value if it is one.
    mutating func compare<T: Equatable>(_ part: String, _ a: T?, _ b: T?, _ tendency: Tendency) {
        if a != b { add(part, a.map { told($0) }, b.map { told($0) }, tendency) }
    }

    /// Walks through what both have under the same name, and adds what only one has.
    mutating func each<T>(
        _ a: [String: T], _ b: [String: T], added: Tendency, removed: Tendency,
        _ compare: (inout ChangeCollector, String, T, T) -> Void
    ) {
        for name in Set(a.keys).union(b.keys).sorted() {
            switch (a[name], b[name]) {
            case (let old?, let new?): compare(&self, name, old, new)
            case (nil, _?): add(name, nil, "added", added)
            default: add(name, "removed", nil, removed)
            }
        }
    }
}
