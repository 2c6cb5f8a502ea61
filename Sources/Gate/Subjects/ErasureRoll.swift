import Documents
import GateModel
import Ledger
import Storage

/// Who was erased, by the opaque names of the interface: kept beside backups, so that a restore brings nobody back.
///
/// `{"subject": …, "erased_at": …, "erasure": …}` a line, in the order of the log, and `{"erasures": N}` at the end, so that a
/// file that was cut is known.
///
/// Format: docs/decisions/0071-format-the-list-of-the-erased.md.
public struct ErasureRoll: Sendable {
    public struct Line: Sendable, Hashable {
        public var subject: LookupKey
        public var at: Instant
        /// The id of the entry that says so.
        public var erasure: String
    }

    public var lines: [Line]

    public var text: String {
        var text = ""
        for line in lines {
            var json = JSONWriter()
            json.object { json in
                json.member("subject", line.subject.text)
                json.member("erased_at", line.at.rfc3339)
                json.member("erasure", line.erasure)
            }
            text += json.text + "\n"
        }
        return text + "{\"erasures\":\(lines.count)}\n"
    }

    /// - Throws: ``Fault`` for a text that is none, or was cut.
    public init(text: String) throws(Fault) {
        lines = []
        var count: Int?
        for (index, row) in text.split(separator: "\n").enumerated() {
            guard count == nil, let node = try? JSONParser.parse(Array(row.utf8)) else { throw Fault(line: index + 1) }
            count = node["erasures"]?.integer
            if count != nil { continue }
            guard let subject = node["subject"]?.string.flatMap({ LookupKey(text: $0) }),
                let at = node["erased_at"]?.string.flatMap({ Instant(rfc3339: $0) }),
                let erasure = node["erasure"]?.string
            else { throw Fault(line: index + 1) }
            lines.append(Line(subject: subject, at: at, erasure: erasure))
        }
        guard count == lines.count else { throw Fault(line: nil) }
    }

    public struct Fault: Error, Sendable, CustomStringConvertible {
        /// Nil where the end is missing.
        public var line: Int?

        public var description: String {
            line.map { "line \($0) names nobody who was erased" }
                ?? "its end is missing: it was cut, or lines were taken out"
        }
    }
}

/// What erasing again came to.
public struct ErasedAgain: Sendable, Hashable {
    /// Whom the restored log still knew.
    public var erased = 0
    /// Whom it says was erased, or knows nothing of.
    public var gone = 0
    /// Whom a legal hold keeps.
    public var held: [String] = []
}

extension Gate {
    /// Erases again those of a roll whom the log still knows, each with an entry that names the first erasure. May be asked
    /// again.
    ///
    /// - Returns: The first failure but for holds, after which the rest was not looked at.
    public func eraseAgain(_ roll: ErasureRoll, by key: APIKey) async -> Result<ErasedAgain, GateError> {
        var counts = ErasedAgain()
        // One who was erased twice is erased as of the last.
        let last = Dictionary(roll.lines.map { ($0.subject, $0) }) { $1 }
        for line in roll.lines where last[line.subject] == line {
            let known = await looking { reading, _ in
                .success(try reading.entries(by: line.subject).contains { $0.personal != nil })
            }
            switch known {
            case .failure(let error): return .failure(error)
            case .success(false):
                counts.gone += 1
                continue
            case .success(true): break
            }
            let reason = "erased \(line.at.rfc3339) (\(line.erasure)), then brought back by a restore"
            switch await erase(line.subject, reason: reason, by: key) {
            case .success: counts.erased += 1
            case .failure(.conflict): counts.held.append(line.subject.text)
            case .failure(let error): return .failure(error)
            }
        }
        return .success(counts)
    }
}

extension ErasureRoll {
    private static let portion = 500

    /// Everybody whom a log says was erased. Blocks; O(erasures).
    public init(_ store: any Store) throws {
        lines = []
        var last: Int64 = 0
        while true {
            let found = try store.read { reading in
                try reading.removable(.erasure, after: last, through: try reading.head(), limit: Self.portion)
            }
            for entry in found where entry.kind == .erasure {
                let core = try EntryCore(bytes: entry.core)
                for subject in entry.keys {
                    lines.append(Line(subject: subject, at: core.at, erasure: core.id.description))
                }
            }
            guard let next = found.last?.sequence else { return }
            last = next
        }
    }
}
