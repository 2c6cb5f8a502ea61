import Documents
import GateModel
import Tables

/// Call detail records that are to be compared with the log: how their file is built, and which calls it holds.
public struct ReconciliationRequest: Sendable, Hashable {
    /// Whose columns the file has.
    public enum Format: String, Sendable, CaseIterable {
        /// Columns found by name.
        case csv
        /// Asterisk's `Master.csv` or its table, with or without a header.
        case asterisk
        /// A dump of VICIdial's `vicidial_log`, with or without a header.
        case vicidial
    }

    public var format = Format.csv
    /// Field → header of its column, before those that are found by name.
    public var columns: [String: String] = [:]
    /// Header → what must stand in its cell; other rows are no calls of interest, such as incoming ones.
    public var only: [String: String] = [:]
    /// Whose local time the records tell; nil for the zone of the instance's own pack.
    public var zone: String?
    /// The region of national numbers.
    public var region: String?
    /// What the dialer puts before a number to get an outside line.
    public var prefix = ""
    /// Nil for the first record's instant.
    public var from: Instant?
    /// Exclusive; nil for the last record's instant.
    public var to: Instant?
    /// Whose calls the file holds; nil for those of every vendor.
    public var vendor: String?
    /// Where the records come from, for people.
    public var source: String?
    public var encoding: TextEncoding?
    public var sheet: String?

    private static let names =
        "format, tz, region, prefix, from, to, vendor, source, encoding, sheet, column.FIELD, only.HEADER"

    /// Reads names and values as a query string or a command line gives them.
    ///
    /// - Throws: Everything that is wrong in them.
    public init(_ pairs: [(name: String, value: String)]) throws(Faults) {
        let faults = FaultCollector()
        var seen: Set<String> = []
        for (name, value) in pairs {
            func fault(_ detail: String) { faults.add(.member(.root, name), .none, detail) }
            func instant() -> Instant? {
                let instant = Instant(rfc3339: value)
                if instant == nil { fault("must be an instant with an offset such as 2026-11-23T20:30:00+08:00") }
                return instant
            }
            guard seen.insert(name).inserted else {
                fault("stands twice; give it once")
                continue
            }
            let parts = name.split(separator: ".", maxSplits: 1).map(String.init)
            switch name {
            case "format":
                format = Format(rawValue: value) ?? .csv
                if Format(rawValue: value) == nil {
                    fault("must be one of \(Format.allCases.map(\.rawValue).joined(separator: ", "))")
                }
            case "tz": zone = value
            case "region": region = value
            case "prefix":
                prefix = value
                if !value.allSatisfy({ $0.isASCII && ($0.isNumber || "*#".contains($0)) }) {
                    fault("must be what the dialer dials before the number, such as 9")
                }
            case "from": from = instant()
            case "to": to = instant()
            case "vendor": vendor = value
            case "source": source = value
            case "sheet": sheet = value
            case "encoding":
                encoding = TextEncoding(name: value)
                if encoding == nil {
                    fault("must be one of \(TextEncoding.allCases.map(\.rawValue).joined(separator: ", "))")
                }
            default:
                if parts.count == 2, parts[0] == "column" {
                    columns[parts[1]] = value
                    if CallRecordField(rawValue: parts[1]) == nil {
                        fault(
                            "`\(parts[1])` is no field; the fields are "
                                + CallRecordField.allCases.map(\.rawValue).joined(separator: ", "))
                    }
                } else if parts.count == 2, parts[0] == "only" {
                    only[parts[1]] = value
                } else {
                    fault("unknown; known are \(Self.names)")
                }
            }
        }
        if let from, let to, to <= from { faults.add(.member(.root, "to"), .none, "must lie after `from`") }
        try faults.check()
    }

    /// As they are kept with a job on disk.
    var pairs: [(name: String, value: String)] {
        var pairs: [(name: String, value: String)] = [("format", format.rawValue)]
        for (name, value) in [
            ("tz", zone), ("region", region), ("prefix", prefix.isEmpty ? nil : prefix), ("from", from?.rfc3339),
            ("to", to?.rfc3339), ("vendor", vendor), ("source", source), ("encoding", encoding?.rawValue),
            ("sheet", sheet),
        ] {
            if let value { pairs.append((name, value)) }
        }
        pairs += columns.map { (name: "column." + $0.key, value: $0.value) }
        pairs += only.map { (name: "only." + $0.key, value: $0.value) }
        return pairs.sorted { $0.name < $1.name }
    }
}
