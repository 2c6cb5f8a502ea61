import Documents
import Feeds
import GateModel

extension ObjectReader {
    /// Reads the `feed` of a list's definition; nil where there is none or it has faults.
    ///
    /// - Parameter folder: The definition's folder, in which relative paths are found.
    mutating func feed(of folder: String) -> FeedDefinition? {
        guard var reader = object("feed") else { return nil }
        let definition = reader.readFeed(folder)
        reader.close()
        return definition
    }

    private mutating func readFeed(_ folder: String) -> FeedDefinition? {
        let source = readSource(folder)
        let schedule = readSchedule(isFolder: has("folder"))
        let mode = choice("mode", FeedDefinition.Mode.self) ?? .replace
        let checksum = string("checksum").flatMap { text in
            reading { () throws(FeedError) in try FeedDefinition.Companion(text, field: "checksum") }
        }
        let signature = readSignature()
        let sizeLimit = read("size_limit", "is no size; write 500MB or 8GB", FeedDefinition.bytes)
        let timeLimit = read("time_limit", "is no length of time; write 30m or 2h", FeedDefinition.span)
        let credentials = string("credentials")
        let knownHosts = string("known_hosts").map { path($0, in: folder) }
        let caFile = string("ca_file").map { path($0, in: folder) }
        guard let source, let schedule else { return nil }
        return reading { () throws(FeedError) in
            try FeedDefinition(
                source: source, schedule: schedule, mode: mode, checksum: checksum, signature: signature,
                sizeLimit: sizeLimit ?? FeedDefinition.defaultSizeLimit,
                timeLimit: timeLimit ?? FeedDefinition.defaultTimeLimit, credentials: credentials,
                knownHosts: knownHosts, caFile: caFile)
        }
    }

    private mutating func readSource(_ folder: String) -> FeedSource? {
        switch (string("url"), string("folder")) {
        case (let url?, nil): return reading { () throws(FeedError) in try FeedSource(url) }
        case (nil, let watched?): return .folder(path: path(watched, in: folder))
        case (nil, nil): fault(at: "url", "is required, or `folder` for a watched folder")
        case (_?, _?): fault(at: "folder", "stands beside `url`; remove one of them")
        }
        return nil
    }

    private mutating func readSchedule(isFolder: Bool) -> FeedSchedule? {
        let every = read("every", "is no length of time; write 24h or 15m", FeedDefinition.span)
        let at = read("at", "is no time of day with its offset; write 03:30+08:00", FeedSchedule.TimeOfDay.init)
        if !has("every"), !isFolder { fault(at: "every", "is required; write 24h or 15m") }
        guard let every = every ?? (isFolder ? .seconds(10) : nil) else { return nil }
        return reading { () throws(FeedError) in try FeedSchedule(every: every, at: at) }
    }

    private mutating func readSignature() -> FeedDefinition.Signature? {
        guard var reader = object("signature") else { return nil }
        let (at, key) = (reader.requireString("at"), reader.requireString("public_key"))
        reader.close()
        guard !at.isEmpty, !key.isEmpty else { return nil }
        return reader.reading { () throws(FeedError) in
            try FeedDefinition.Signature(try .init(at, field: "at"), key: key)
        }
    }

    private mutating func read<T>(_ name: String, _ why: String, _ parse: (String) -> T?) -> T? {
        guard let text = string(name) else { return nil }
        guard let value = parse(text) else {
            fault(at: name, "`\(text)` \(why)")
            return nil
        }
        return value
    }

    /// The value, or a fault at the field that is wrong.
    private func reading<T>(_ make: () throws(FeedError) -> T) -> T? {
        do { return try make() } catch {
            if case .definition(let field, let why) = error {
                fault(at: has(field) ? field : field == "url" ? "folder" : field, why)
            } else {
                fault("\(error)")
            }
            return nil
        }
    }

    private func path(_ text: String, in folder: String) -> String { text.hasPrefix("/") ? text : "\(folder)/\(text)" }
}
