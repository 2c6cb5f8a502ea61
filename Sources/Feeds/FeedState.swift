import Documents
import Foundation
import GateModel

/// By what a source's file is known again.
public struct Validators: Sendable, Equatable {
    /// HTTP's entity tag, with its quotes.
    public var etag: String?
    /// When the file was changed, to the second, as the source says.
    public var modified: Instant?
    public var bytes: Int64?

    public init(etag: String? = nil, modified: Instant? = nil, bytes: Int64? = nil) {
        self.etag = etag
        self.modified = modified
        self.bytes = bytes
    }
}

/// What is remembered of a feed, in `DATA/lists/NAME/feed.json`.
public struct FeedState: Sendable, Equatable {
    /// The fingerprint of the source that all else is about.
    var source: String?
    /// The end of the last fetch, whatever came of it.
    public internal(set) var lastAttempt: Instant?
    /// The end of the last fetch that ended well; an unchanged source is one.
    public internal(set) var lastSuccess: Instant?
    /// Nil after a success.
    public internal(set) var lastError: String?
    /// Consecutive ones.
    public internal(set) var failures = 0
    /// The list's version that came of the last fetched file.
    public internal(set) var lastVersion: Int?
    /// Of the last file that was handed over, rejected ones included.
    var known = Validators()
    /// Why the file known by ``known`` was rejected: it is not handed over a second time.
    var rejection: String?
    /// 0 to 1, drawn with each failure.
    var jitter = 0.0

    public init() {}

    /// How many failures in a row make a warning.
    public static let manyFailures = 3

    static func path(_ folder: String) -> String { folder + "/feed.json" }

    mutating func succeed(at now: Instant) {
        (lastAttempt, lastSuccess, lastError, failures, rejection) = (now, now, nil, 0, nil)
    }

    mutating func fail(_ why: String, at now: Instant, jitter: Double) {
        (lastAttempt, lastError, failures, self.jitter) = (now, why, failures + 1, jitter)
    }

    /// Reads the state beside a list's versions.
    ///
    /// - Parameter folder: `DATA/lists/NAME`.
    /// - Returns: An empty state where there is none or it cannot be read: the feed is then fetched anew.
    public static func load(_ folder: String) -> FeedState {
        guard let data = FileManager.default.contents(atPath: path(folder)),
            let node = try? JSONParser.parse([UInt8](data))
        else { return FeedState() }
        func text(_ name: String) -> String? { node[name]?.string }
        func instant(_ name: String) -> Instant? { text(name).flatMap { Instant(rfc3339: $0) } }
        func number(_ name: String) -> String? {
            if case .number(let text) = node[name]?.value { return text }
            return nil
        }
        var state = FeedState()
        state.source = text("source")
        state.lastAttempt = instant("last_attempt")
        state.lastSuccess = instant("last_success")
        state.lastError = text("last_error")
        state.failures = max(0, number("failures").flatMap { Int($0) } ?? 0)
        state.lastVersion = number("last_version").flatMap { Int($0) }
        state.known = Validators(
            etag: text("etag"), modified: instant("modified"), bytes: number("bytes").flatMap { Int64($0) })
        state.rejection = text("rejection")
        state.jitter = (number("jitter_thousandths").flatMap { Double($0) } ?? 0) / 1000
        return state
    }

    /// Puts the state on the disk, whole or not at all.
    ///
    /// - Parameter next: For whoever reads the file; it is computed anew from the rest.
    func save(_ folder: String, next: Instant) throws(FeedError) {
        var json = JSONWriter()
        json.object { json in
            json.member("version", 1)
            json.member("source", source)
            json.member("last_attempt", lastAttempt?.rfc3339)
            json.member("last_success", lastSuccess?.rfc3339)
            json.member("last_error", lastError)
            json.member("failures", failures)
            json.member("next_attempt", next.rfc3339)
            json.member("last_version", lastVersion)
            json.member("etag", known.etag)
            json.member("modified", known.modified?.rfc3339)
            json.member("bytes", known.bytes.map(Int.init))
            json.member("rejection", rejection)
            json.member("jitter_thousandths", Int(jitter * 1000))
        }
        try writeDurably(json.bytes + [10], to: FeedState.path(folder), in: folder)
    }
}

/// A feed as it is shown.
public struct FeedStatus: Sendable {
    public let definition: FeedDefinition
    public let state: FeedState
    /// An instant in the past means at once.
    public let nextAttempt: Instant

    /// - Parameter folder: `DATA/lists/NAME`.
    public init(_ definition: FeedDefinition, folder: String, now: Instant) {
        self.definition = definition
        let state = FeedState.load(folder)
        // What happened to another source is not told of this one.
        self.state = state.source == definition.fingerprint ? state : FeedState()
        nextAttempt = Feeds.nextAttempt(state, definition, now: now)
    }
}

/// Writes a file that is there whole or not at all, also after a power cut.
func writeDurably(_ bytes: [UInt8], to path: String, in folder: String) throws(FeedError) {
    let temporary = "\(folder)/.\((path as NSString).lastPathComponent).new"
    func fail(_ operation: String) -> FeedError { .io(operation: operation, path: path, code: errno) }
    let descriptor = open(temporary, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0o640)
    guard descriptor >= 0 else { throw fail("create") }
    guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
        let error = fail("write")
        close(descriptor)
        unlink(temporary)
        throw error
    }
    close(descriptor)
    guard rename(temporary, path) == 0 else {
        let error = fail("rename")
        unlink(temporary)
        throw error
    }
    let parent = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard parent >= 0 else { throw fail("flush") }
    defer { close(parent) }
    guard fsync(parent) == 0 else { throw fail("flush") }
}
