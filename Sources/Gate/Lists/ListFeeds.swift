import Documents
import Feeds
import Foundation
import GateModel
import Suppression

extension Gate {
    /// What fetches the feeds of this instance; one for each process.
    ///
    /// - Parameter environment: Where credentials are looked up before the key file.
    public func makeFeedRunner(environment: [String: String]) -> FeedRunner {
        let secrets = keyFile.feeds
        return FeedRunner(
            root: options.data + "/lists",
            fetcher: Fetcher { FeedCredentials.find($0, environment: environment, keyFile: secrets) },
            clock: { [clock] in clock() },
            deliver: { [self] in try take($0) },
            report: { [logger] list, state in
                if let error = state.lastError {
                    logger.warning("the feed of the list \(list) failed (\(state.failures) in a row): \(error)")
                } else {
                    logger.info(
                        "the feed of the list \(list) is in order; its last version is \(state.lastVersion ?? 0)")
                }
            })
    }

    /// Fetches a list's feed now; a watched folder is looked at twice.
    ///
    /// - Throws: ``FeedError/busy(list:)``; anything else that went wrong is in the status.
    public func fetchFeed(_ list: String, again: Bool, environment: [String: String]) async throws -> FeedStatus {
        guard let definition = configuration.feeds[list] else {
            throw GateError.notFound("the list `\(list)` has no feed")
        }
        let runner = makeFeedRunner(environment: environment)
        let result: Result<Void, FeedError> = await withCheckedContinuation { continuation in
            let thread = Thread {
                continuation.resume(
                    returning: Result { () throws(FeedError) in
                        if case .folder = definition.source {
                            try runner.fetch(list, definition)
                            usleep(2_000_000)
                        }
                        try runner.fetch(list, definition, again: again)
                    })
            }
            thread.stackSize = 4 << 20
            thread.start()
        }
        try result.get()
        return FeedStatus(definition, folder: "\(options.data)/lists/\(list)", now: now)
    }

    /// Nil for a list without a feed. Reads a small file.
    func feedStatus(_ list: String, at now: Instant) -> FeedStatus? {
        configuration.feeds[list].map { FeedStatus($0, folder: "\(options.data)/lists/\(list)", now: now) }
    }

    /// Makes a version of what a feed fetched, and puts it in force where that needs no second person. Blocks.
    private func take(_ delivery: FeedDelivery) throws -> FeedOutcome {
        let mode: ListVersion.Mode =
            switch delivery.mode {
            case .replace: .replace
            case .add: .add
            case .remove: .remove
            }
        let upload = try beginUpload(
            delivery.list, mode: mode, asOf: delivery.asOf, source: delivery.name, by: APIKey.feed.owner)
        var version: ListVersion
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: delivery.path))
            while let data = try file.read(upToCount: 1 << 20), !data.isEmpty {
                if delivery.isCancelled() { throw FeedError.cancelled }
                try data.withUnsafeBytes { try upload.take($0) }
            }
            version = try upload.end()
        } catch {
            upload.abandon("the feed could not hand it over")
            throw error
        }
        version = try checkBlocking(version)
        guard version.state != .rejected else {
            return .rejected(version.number, why: version.rejection ?? "no reason")
        }
        if shown(version).state == .active { return .taken(version.number) }
        do {
            _ = try activateBlocking(version.list, version.number, rollback: false, by: .feed)
        } catch GateError.forbidden {
            // It is ready, and another person puts it in force.
        } catch GateError.conflict(_, let why, _) {
            return .rejected(version.number, why: why)
        }
        return .taken(version.number)
    }
}

extension APIKey {
    /// Who acts for feeds.
    static let feed: APIKey = {
        var key = APIKey.commandLine(owner: "feed")
        (key.id, key.name) = ("feed", "feed")
        return key
    }()
}

extension FeedStatus {
    /// For `/readyz`; nil where nothing is to be said.
    func warning(_ list: String) -> String? {
        guard state.failures >= FeedState.manyFailures else { return nil }
        return "the feed of the list \(list) failed \(state.failures) times in a row: \(state.lastError ?? "")"
    }

    /// The body that the interface shows.
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("source", definition.source.shown)
            json.member("mode", definition.mode.rawValue)
            json.member("last_success", state.lastSuccess?.rfc3339)
            json.member("last_attempt", state.lastAttempt?.rfc3339)
            json.member("next_attempt", nextAttempt.rfc3339)
            json.member("failures", state.failures)
            json.member("last_error", state.lastError)
            json.member("last_version", state.lastVersion)
        }
    }

    /// One line for a person.
    public var line: String {
        let success = state.lastSuccess.map { "last in order \($0.rfc3339)" } ?? "not fetched yet"
        let version = state.lastVersion.map { ", last version \($0)" } ?? ""
        let failure = state.lastError.map { ", failed \(state.failures) times: \($0)" } ?? ""
        return "\(definition.source.shown), \(success)\(version), next \(nextAttempt.rfc3339)\(failure)"
    }
}
