import Documents
import GateModel

/// What came of a reconciliation.
public struct ReconciliationSummary: Sendable, Hashable {
    public var source: String
    /// Of the file.
    public var sha256: String
    public var bytes: Int
    public var vendor: String?
    public var from: Instant
    /// Exclusive.
    public var to: Instant
    /// Calls of the period.
    public var records = 0
    /// Rows that were not asked for, further rows of one call, and calls outside of the period.
    public var leftOut = 0
    /// Calls that agree with their permit in everything.
    public var matched = 0
    public var differences: [DifferenceKind: Int] = [:]

    public var differenceCount: Int { differences.values.reduce(0, +) }

    /// Adds the members that the interface shows and the log keeps.
    public func write(to json: inout JSONWriter) {
        json.member("source", source)
        json.member("sha256", sha256)
        json.member("bytes", bytes)
        json.member("vendor", vendor)
        json.member("from", from.rfc3339)
        json.member("to", to.rfc3339)
        json.member("records", records)
        json.member("left_out", leftOut)
        json.member("matched", matched)
        json.name("differences")
        json.object { json in
            for kind in DifferenceKind.allCases { json.member(kind.rawValue, differences[kind] ?? 0) }
        }
    }

    /// Reads what ``write(to:)`` wrote.
    init?(_ node: Node) {
        guard let source = node["source"]?.string, let sha256 = node["sha256"]?.string,
            let bytes = node.integer("bytes"), let from = node.instant("from"), let to = node.instant("to"),
            let records = node.integer("records"), let leftOut = node.integer("left_out"),
            let matched = node.integer("matched")
        else { return nil }
        (self.source, self.sha256, self.bytes, self.from, self.to) = (source, sha256, bytes, from, to)
        (self.records, self.leftOut, self.matched, vendor) = (records, leftOut, matched, node["vendor"]?.string)
        for kind in DifferenceKind.allCases { differences[kind] = node["differences"]?.integer(kind.rawValue) }
    }

    init(source: String, sha256: String, bytes: Int, vendor: String?, from: Instant, to: Instant) {
        (self.source, self.sha256, self.bytes, self.vendor) = (source, sha256, bytes, vendor)
        (self.from, self.to) = (from, to)
    }
}
