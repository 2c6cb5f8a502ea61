import Documents
import Foundation
import GateModel

/// How far a scrub has come, as it is kept beside its output: enough to go on from there after any interruption.
struct ScrubProgress: Sendable, Hashable {
    /// Of the file that is washed.
    var sha256: String
    var bytes: Int
    var request: ScrubRequest
    /// At which the calls are judged.
    var at: Instant
    /// By which they are judged. A file judged half by one policy and half by another would say neither.
    var policy: String
    /// The lists in force when the scrub began; like records, lists count as of each row's own block.
    var lists: String
    /// Records of the input whose rows are in the output.
    var records = 0
    /// Bytes of the output that count; what follows was written and not recorded.
    var output = 0
    var counts = ScrubCounts()

    /// Whether the rest may be added to what another run began.
    func continues(_ earlier: ScrubProgress) -> Bool {
        sha256 == earlier.sha256 && bytes == earlier.bytes && request == earlier.request && policy == earlier.policy
    }

    /// Reads what was kept; nil where nothing was, or nothing that can be read: then the scrub begins anew.
    init?(contentsOf path: String) {
        guard let data = FileManager.default.contents(atPath: path), let node = try? JSONParser.parse([UInt8](data)),
            node["version"]?.value == .number("1"), let sha256 = node["sha256"]?.string,
            let at = node["at"]?.string.flatMap({ Instant(rfc3339: $0) }), let policy = node["policy"]?.string,
            let lists = node["lists"]?.string, case .object(let fields)? = node["request"]?.value,
            let request = try? ScrubRequest(fields.map { (name: $0.name, value: $0.node.string ?? "") }),
            let bytes = node.count("bytes"), let records = node.count("records"), let output = node.count("output"),
            let counts = ScrubCounts(node)
        else { return nil }
        self.init(
            sha256: sha256, bytes: bytes, request: request, at: at, policy: policy, lists: lists, records: records,
            output: output, counts: counts)
    }

    init(
        sha256: String, bytes: Int, request: ScrubRequest, at: Instant, policy: String, lists: String, records: Int = 0,
        output: Int = 0, counts: ScrubCounts = ScrubCounts()
    ) {
        self.sha256 = sha256
        self.bytes = bytes
        self.request = request
        self.at = at
        self.policy = policy
        self.lists = lists
        self.records = records
        self.output = output
        self.counts = counts
    }

    /// Takes the place of what was kept before, whole or not at all.
    func write(to path: String) throws {
        var json = JSONWriter()
        json.object { json in
            json.member("version", 1)
            json.member("sha256", sha256)
            json.member("bytes", bytes)
            json.name("request")
            json.object { json in for pair in request.pairs { json.member(pair.name, pair.value) } }
            json.member("at", at.rfc3339)
            json.member("policy", policy)
            json.member("lists", lists)
            json.member("records", records)
            json.member("output", output)
            counts.write(to: &json)
        }
        try PrivateFile.replace(path, with: json.bytes)
    }
}

extension ScrubCounts {
    /// Adds the members that the interface shows.
    public func write(to json: inout JSONWriter) {
        json.member("rows", rows)
        json.member("allowed", allowed)
        json.name("denied")
        json.object { json in for (rule, count) in denied.sorted(by: { $0.key < $1.key }) { json.member(rule, count) } }
    }

    init?(_ node: Node) {
        guard let rows = node.count("rows"), let allowed = node.count("allowed"),
            case .object(let denied)? = node["denied"]?.value
        else { return nil }
        (self.rows, self.allowed) = (rows, allowed)
        for member in denied { self.denied[member.name] = node["denied"]?.count(member.name) ?? 0 }
    }
}

extension Node {
    /// A member that is a whole number.
    func count(_ name: String) -> Int? {
        if case .number(let text)? = self[name]?.value { return Int(text) }
        return nil
    }
}

/// Files that nobody but the service's own account may read.
enum PrivateFile {
    /// Opens a file for writing, made if missing, and keeps every other process from writing it too.
    ///
    /// - Throws: ``ScrubStoppage`` where it cannot be opened, or another process writes it.
    static func open(_ path: String) throws(ScrubStoppage) -> FileHandle {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ScrubStoppage("`\(path)` cannot be written: \(message(errno))") }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw ScrubStoppage("another process is writing `\(path)`; let it end")
        }
        return handle
    }

    /// Makes a file's new contents durable under its name, or leaves the old.
    static func replace(_ path: String, with bytes: [UInt8]) throws(ScrubStoppage) {
        let temporary = path + ".new"
        let descriptor = Glibc.open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw ScrubStoppage("`\(path)` cannot be written: \(message(errno))") }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do { try handle.write(contentsOf: Data(bytes)) } catch {
            throw ScrubStoppage("`\(path)` cannot be written: \(error.localizedDescription)")
        }
        guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
            throw ScrubStoppage("`\(path)` cannot be written: \(message(errno))")
        }
    }

    static func message(_ code: Int32) -> String { String(cString: strerror(code)) }
}

/// Why a scrub did not end. What it wrote so far is kept, and the same scrub goes on from there.
public struct ScrubStoppage: Error, Hashable, Sendable, CustomStringConvertible {
    public var description: String
    init(_ description: String) { self.description = description }

    static let cancelled = ScrubStoppage("interrupted; the same command goes on from here")
}
