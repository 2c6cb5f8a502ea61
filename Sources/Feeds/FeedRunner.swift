import Foundation
import GateModel
import Synchronization

/// A fetched file on its way to become a version of a list.
public struct FeedDelivery {
    public let list: String
    /// To be read before the delivery ends; it may be gone afterwards.
    public let path: String
    /// The file's name at its source, for show.
    public let name: String
    /// When the source's file was changed; nil where the source does not say.
    public let asOf: Instant?
    public let mode: FeedDefinition.Mode
    /// Whether to give up: the gate is stopping.
    public let isCancelled: () -> Bool
}

/// What became of a delivery, with the version's number.
public enum FeedOutcome: Sendable {
    /// Taken; in force, on its way to it, or waiting for a second person.
    case taken(Int)
    /// The file is no good: the same file is not handed over again.
    case rejected(Int?, why: String)
}

/// Fetches the feeds that are due, one after another on one thread, and hands over what comes. May be called from
/// anywhere.
public final class FeedRunner: Sendable {
    /// Throws for what may go better the next time.
    public typealias Deliver = @Sendable (FeedDelivery) throws -> FeedOutcome

    private struct State {
        var isRunning = false
        var isStopped = false
        var folders: [String: WatchedFolder] = [:]
        /// When a folder is looked at again.
        var nextLook: [String: Instant] = [:]
        /// States that could not be written: they count all the same, or a full disk would make a feed due each second.
        var unsaved: [String: FeedState] = [:]
    }

    private let state = Mutex(State())
    private let work = DispatchGroup()
    private let root: String
    private let fetcher: Fetcher
    private let clock: @Sendable () -> Instant
    private let random: @Sendable () -> Double
    private let deliver: Deliver
    private let report: @Sendable (String, FeedState) -> Void

    /// - Parameters:
    ///   - root: `DATA/lists`.
    ///   - random: Gives 0 to 1, for the pauses after failures.
    ///   - report: Told the state after each attempt that changed something.
    public init(
        root: String, fetcher: Fetcher, clock: @escaping @Sendable () -> Instant,
        random: @escaping @Sendable () -> Double = { Double.random(in: 0...1) }, deliver: @escaping Deliver,
        report: @escaping @Sendable (String, FeedState) -> Void = { _, _ in }
    ) {
        self.root = root
        self.fetcher = fetcher
        self.clock = clock
        self.random = random
        self.deliver = deliver
        self.report = report
    }

    /// Starts what is due, unless earlier feeds are still being fetched. Returns at once.
    public func tick(_ feeds: [String: FeedDefinition], now: Instant) {
        let due = feeds.filter { isDue($0.key, $0.value, now: now) }.sorted { $0.key < $1.key }
        guard !due.isEmpty else { return }
        let mayStart = state.withLock { state in
            if state.isRunning || state.isStopped { return false }
            state.isRunning = true
            work.enter()
            return true
        }
        guard mayStart else { return }
        let thread = Thread { [self] in
            for (list, definition) in due where !isStopped { _ = try? fetch(list, definition) }
            state.withLock { $0.isRunning = false }
            work.leave()
        }
        thread.name = "feeds"
        thread.stackSize = 4 << 20
        thread.start()
    }

    /// Gives up what is being fetched and waits for its end. Nothing is started any more.
    public func stop() {
        state.withLock { $0.isStopped = true }
        work.wait()
    }

    private var isStopped: Bool { state.withLock { $0.isStopped } }

    private func folder(_ list: String) -> String { "\(root)/\(list)" }

    private func load(_ list: String) -> FeedState {
        state.withLock { $0.unsaved[list] } ?? FeedState.load(folder(list))
    }

    private func isDue(_ list: String, _ definition: FeedDefinition, now: Instant) -> Bool {
        if case .folder = definition.source { return state.withLock { $0.nextLook[list] ?? now } <= now }
        return nextAttempt(load(list), definition, now: now) <= now
    }

    /// Fetches a feed now, due or not. Blocks. A watched folder is looked at once.
    ///
    /// - Parameter again: Whether to hand over also what is known already.
    /// - Returns: The feed's new state; it says what went wrong.
    /// - Throws: ``FeedError/busy(list:)``, and ``FeedError/cancelled``; then nothing is remembered of the attempt.
    @discardableResult
    public func fetch(_ list: String, _ definition: FeedDefinition, again: Bool = false) throws(FeedError) -> FeedState
    {
        var feed = load(list)
        if feed.source != definition.fingerprint {
            feed = FeedState()
            feed.source = definition.fingerprint
        }
        do throws(FeedError) {
            let lock = try FolderLock(folder(list), list: list)
            defer { withExtendedLifetime(lock) {} }
            if case .folder(let path) = definition.source {
                try takeIn(path, list, definition, &feed)
            } else {
                try fetchFile(list, definition, again: again, &feed)
                save(feed, list, definition)
            }
        } catch {
            if case .busy = error { throw error }
            if case .cancelled = error { throw error }
            feed.fail("\(error)", at: clock(), jitter: random())
            save(feed, list, definition)
        }
        return feed
    }

    private func fetchFile(
        _ list: String, _ definition: FeedDefinition, again: Bool, _ feed: inout FeedState
    ) throws(FeedError) {
        let result = try fetcher.fetch(
            definition, to: folder(list) + "/.feed.part", known: again ? Validators() : feed.known,
            isCancelled: { self.isStopped })
        switch result {
        case .unchanged:
            if let rejection = feed.rejection { throw .rejected(why: rejection) }
            feed.succeed(at: clock())
        case .fetched(let fetched):
            let outcome = try hand(
                FeedDelivery(
                    list: list, path: fetched.file.path, name: definition.source.name,
                    asOf: fetched.validators.modified, mode: definition.mode, isCancelled: { self.isStopped }))
            withExtendedLifetime(fetched.file) {}
            feed.known = fetched.validators
            try settle(outcome, &feed)
        }
    }

    private func hand(_ delivery: FeedDelivery) throws(FeedError) -> FeedOutcome {
        do { return try deliver(delivery) } catch let error as FeedError { throw error } catch {
            throw .notTaken(why: "\(error)")
        }
    }

    private func settle(_ outcome: FeedOutcome, _ feed: inout FeedState) throws(FeedError) {
        switch outcome {
        case .taken(let version):
            feed.lastVersion = version
            feed.succeed(at: clock())
        case .rejected(let version, let why):
            feed.lastVersion = version ?? feed.lastVersion
            feed.rejection = why
            throw .rejected(why: why)
        }
    }

    /// Takes in the complete files of a watched folder, in the order in which they were changed.
    private func takeIn(
        _ path: String, _ list: String, _ definition: FeedDefinition, _ feed: inout FeedState
    ) throws(FeedError) {
        let suffixes = [definition.checksum, definition.signature?.companion].compactMap { companion -> String? in
            if case .suffix(let suffix) = companion { return suffix }
            return nil
        }
        let watched = state.withLock { state in
            state.nextLook[list] = clock() + definition.schedule.every
            if state.folders[list] == nil { state.folders[list] = WatchedFolder() }
            return state.folders[list] ?? WatchedFolder()
        }
        let files = try watched.look(path, suffixes: suffixes)
        // A folder that can be looked at again after it could not; what was wrong with a file stays told.
        if files.isEmpty, feed.failures > 0, feed.rejection == nil {
            feed.succeed(at: clock())
            save(feed, list, definition)
        }
        for file in files {
            do throws(FeedError) {
                try settle(try take("\(path)/\(file.name)", file.facts, list, definition), &feed)
                try WatchedFolder.move(file.name, of: path, suffixes: suffixes, reason: nil)
            } catch {
                guard isAboutFile(error) else {
                    let failures = feed.failures + 1
                    state.withLock { $0.nextLook[list] = clock() + pause(afterFailures: failures, jitter: random()) }
                    throw error
                }
                feed.rejection = "\(file.name): \(error)"
                feed.fail("\(file.name): \(error)", at: clock(), jitter: random())
                try WatchedFolder.move(file.name, of: path, suffixes: suffixes, reason: "\(error)")
            }
            save(feed, list, definition)
        }
    }

    private func take(
        _ path: String, _ facts: FileFacts, _ list: String, _ definition: FeedDefinition
    ) throws(FeedError) -> FeedOutcome {
        guard facts.bytes > 0 else { throw .empty }
        guard facts.bytes <= definition.sizeLimit else { throw .tooLarge(limit: definition.sizeLimit) }
        if definition.checksum != nil || definition.signature != nil {
            try verify(path, sha256: try sha256(of: path), definition, source: .file(path: path)) {
                source throws(FeedError) in
                guard case .file(let path) = source else { return [] }
                return try readSmall(path)
            }
        }
        return try hand(
            FeedDelivery(
                list: list, path: path, name: (path as NSString).lastPathComponent, asOf: facts.modified,
                mode: definition.mode, isCancelled: { self.isStopped }))
    }

    /// Whether a file of a folder is at fault, and goes to `failed/`; other faults may pass.
    private func isAboutFile(_ error: FeedError) -> Bool {
        switch error {
        case .empty, .tooLarge, .checksum, .checksumUnreadable, .signature, .signatureUnreadable, .rejected: true
        default: false
        }
    }

    private func save(_ feed: FeedState, _ list: String, _ definition: FeedDefinition) {
        do throws(FeedError) {
            try feed.save(folder(list), next: nextAttempt(feed, definition, now: clock()))
            state.withLock { $0.unsaved[list] = nil }
        } catch {
            state.withLock { $0.unsaved[list] = feed }
        }
        report(list, feed)
    }
}
