import Documents
import Feeds
import Foundation
import GateModel
import Ledger
import PolicyPack
import Suppression
import Synchronization

/// A list with its active version and its versions, for show.
public struct ListStatus: Sendable {
    public var definition: ListDefinition
    /// What the log says is in force; nil for a list that never had a version.
    public var activation: ListActivation?
    public var active: ListVersion?
    /// Share of the greatest age that has passed; nil for a list that does not age or has no version.
    public var age: Double?
    /// Why the active version cannot be read; nil where it can.
    public var problem: String?
    /// Nil for a list without a feed.
    public var feed: FeedStatus?
}

extension Gate {
    public func listStatuses() -> [ListStatus] {
        let now = now
        return configuration.lists.values.sorted { $0.definition.name < $1.definition.name }.map { list in
            var age: Double?
            if let greatest = list.definition.greatestAge, let version = list.version {
                age = Double((now - version.asOf).milliseconds) / Double(greatest.milliseconds)
            }
            return ListStatus(
                definition: list.definition, activation: list.activation, active: list.version, age: age,
                problem: list.problem, feed: feedStatus(list.definition.name, at: now))
        }
    }

    public func listVersion(_ name: String, _ number: Int) throws -> ListVersion {
        do { return try catalog.versions.version(number, of: name) } catch {
            throw GateError.notFound("there is no version \(number) of list `\(name)`")
        }
    }

    public func listVersions(_ name: String) throws -> [ListVersion] { try catalog.versions.versions(of: name) }

    /// The version as it is told: with its state by the log, who put it in force, and how far its check has come.
    public func shown(_ version: ListVersion) -> ShownVersion {
        let activations = registry.activations[version.list] ?? []
        var shown = ShownVersion(version: version, progress: version.state == .receiving ? 0 : 1)
        shown.activation = activations.last { $0.version == version.number }
        if version.state == .ready || version.state == .active {
            shown.state = activations.last?.version == version.number ? .active : .ready
        }
        if version.state == .checking { shown.progress = checks.progress(of: version) }
        return shown
    }

    public func rejectsPath(_ name: String, _ number: Int) -> String {
        catalog.versions.rejectsPath(list: name, version: number)
    }

    func definition(_ name: String) throws -> ListDefinition {
        guard let list = configuration.lists[name] else {
            throw GateError.notFound("there is no list `\(name)`; make blocklists/\(name)/list.yaml first")
        }
        return list.definition
    }
}

/// A version as people see it.
public struct ShownVersion: Sendable {
    public var version: ListVersion
    /// 0 to 1.
    public var progress: Double
    /// The last time it was put in force; nil where it never was.
    public var activation: ListActivation?
    public var state: ListVersion.State

    init(version: ListVersion, progress: Double) {
        self.version = version
        self.progress = progress
        state = version.state
    }

    /// The body that the interface shows.
    public func write(to json: inout JSONWriter) {
        json.object { json in
            json.member("list", version.list)
            json.member("version", version.number)
            json.member("state", state.rawValue)
            json.name("progress")
            json.raw(Array(String(Double(Int(progress * 1000)) / 1000).utf8))
            json.member("mode", version.mode.rawValue)
            json.member("dry_run", version.isDryRun)
            json.member("as_of", version.asOf.rfc3339)
            json.member("source", version.sourceName)
            json.member("uploaded_by", version.uploadedBy)
            json.member("uploaded_at", version.createdAt.rfc3339)
            json.member("activated_by", activation?.owner)
            json.member("activated_at", activation?.at.rfc3339)
            json.member("lines", version.counts.lines)
            json.member("accepted", version.counts.accepted)
            json.member("duplicates", version.counts.duplicates)
            json.member("rejected", version.counts.rejected)
            json.member("entries", version.entries)
            json.member("bytes", version.upload?.bytes)
            json.member("sha256", version.upload?.sha256)
            if let effect = version.effect {
                json.name("effect")
                json.object { json in
                    json.member("added", effect.added)
                    json.member("removed", effect.removed)
                    json.member("would_have_denied", effect.wouldHaveDenied)
                    json.member("calls_looked_at", effect.callsLookedAt)
                }
            }
            json.member("reason", version.rejection)
        }
    }
}

/// How far the checks of uploads have come.
final class CheckProgress: Sendable {
    private let shares = Mutex<[String: Double]>([:])

    func progress(of version: ListVersion) -> Double {
        shares.withLock { $0["\(version.list) \(version.number)"] ?? 0 }
    }

    func set(_ share: Double?, of version: ListVersion) {
        shares.withLock { $0["\(version.list) \(version.number)"] = share }
    }
}
