import Documents
import Foundation
import GateModel
import Ledger
import PolicyPack
import Suppression

/// A list with its active version and its versions, for show.
public struct ListStatus: Sendable {
    public var definition: ListDefinition
    public var active: ListVersion?
    /// Share of the greatest age that has passed; nil for a list that does not age or has no version.
    public var age: Double?
}

extension Gate {
    public func listStatuses() -> [ListStatus] {
        let now = now
        return configuration.lists.values.sorted { $0.definition.name < $1.definition.name }.map { list in
            var age: Double?
            if let greatest = list.definition.greatestAge, let version = list.version {
                age = Double((now - version.asOf).milliseconds) / Double(greatest.milliseconds)
            }
            return ListStatus(definition: list.definition, active: list.version, age: age)
        }
    }

    /// A begun upload of a list's version. Feed it, then finish it; both block.
    public final class Upload {
        let version: ListVersion
        let importer: ListImporter
        let folder: ListFolder

        init(version: ListVersion, importer: ListImporter, folder: ListFolder) {
            self.version = version
            self.importer = importer
            self.folder = folder
        }

        public func feed(_ bytes: [UInt8]) { try? importer.feed(bytes) }

        /// - Returns: The version, `ready` or `rejected`.
        public func finish() throws -> ListVersion { try folder.finish(version, importer) }

        /// Ends a dry run: counts what was fed, and leaves a version that can never be activated.
        public func finishDryRun() throws -> ListVersion { try folder.finishDryRun(version, importer) }

        /// Gives up an upload that broke off.
        public func abandon(_ why: String) { _ = try? folder.reject(version, because: why) }
    }

    /// Begins a version of a list.
    ///
    /// - Parameter mode: How the upload changes the active version.
    public func beginUpload(
        _ name: String, mode: ListVersion.Mode, asOf: Instant?, source: String, by owner: String
    ) throws -> Upload {
        let configuration = configuration
        guard let list = configuration.lists[name] else {
            throw GateError.notFound("there is no list `\(name)`; make blocklists/\(name)/list.yaml first")
        }
        let now = now
        if let asOf, asOf > now + .minutes(5) { throw GateError.invalid("/as_of", "lies in the future") }
        let base = mode == .replace ? nil : registry.lists[name]
        let version = try catalog.versions.begin(
            list.definition, mode: mode, base: base, asOf: asOf ?? now, sourceName: source, uploadedBy: owner, at: now)
        let importer = try catalog.versions.importer(
            for: version, list.definition, normalise: ListCatalog.normaliser(list.definition, configuration.policy))
        return Upload(version: version, importer: importer, folder: catalog.versions)
    }

    public func listVersion(_ name: String, _ number: Int) throws -> ListVersion {
        do { return try catalog.versions.version(number, of: name) } catch {
            throw GateError.notFound("there is no version \(number) of list `\(name)`")
        }
    }

    public func listVersions(_ name: String) throws -> [ListVersion] { try catalog.versions.versions(of: name) }

    public func rejectsPath(_ name: String, _ number: Int) -> String {
        catalog.versions.rejectsPath(list: name, version: number)
    }

    /// Adds a registry's answers to an `asked` list and puts them in force.
    public func addAnswers(_ name: String, _ bytes: [UInt8], source: String, by key: APIKey) async throws -> ListVersion
    {
        guard let definition = configuration.lists[name]?.definition else {
            throw GateError.notFound("there is no list `\(name)`")
        }
        guard definition.coverage == .asked else {
            throw GateError.conflict(code: "not-asked", detail: "the list `\(name)` holds no answers; upload a version")
        }
        let upload = try beginUpload(name, mode: .add, asOf: nil, source: source, by: key.owner)
        upload.feed(bytes)
        let version = try upload.finish()
        guard version.state == .ready, !definition.needsApproval else { return version }
        return try await activate(name, version.number, rollback: false, by: key).get()
    }

    /// Puts a version in force for the next decision.
    ///
    /// - Parameter rollback: Whether a version older than the active one may be put in force; it keeps its age.
    public func activate(_ name: String, _ number: Int, rollback: Bool, by key: APIKey) async -> Result<
        ListVersion, GateError
    > {
        guard let definition = configuration.lists[name]?.definition else {
            return .failure(.notFound("there is no list `\(name)`"))
        }
        let version: ListVersion
        do {
            version = try listVersion(name, number)
            guard version.state == .ready || version.state == .active else {
                return .failure(
                    .conflict(
                        code: "not-ready",
                        detail: "version \(number) is \(version.state.rawValue); only a ready one can be activated"))
            }
            try catalog.versions.open(version).verify()
        } catch let error as GateError {
            return .failure(error)
        } catch {
            return .failure(.conflict(code: "damaged", detail: "version \(number) cannot be used: \(error)"))
        }
        if definition.needsApproval && version.uploadedBy == key.owner {
            return .failure(.forbidden("activation needs another person than the one who uploaded it"))
        }
        if let active = configuration.lists[name]?.version, version.asOf < active.asOf, !rollback {
            return .failure(
                .conflict(
                    code: "older-version",
                    detail:
                        "version \(number) is older than the active one; ask for a rollback (?rollback=true, --rollback)"
                ))
        }
        let result = await submit { group -> Result<Bool, GateError> in
            let id = group.nextID()
            var json = JSONWriter()
            json.object { json in
                json.member("list", name)
                json.member("version", number)
                json.member("sha256", version.index?.sha256)
                json.member("uploaded_by", version.uploadedBy)
                json.member("owner", key.owner)
                json.member("rollback", rollback)
            }
            try group.append(.list, id, actor: key.id, json: json.bytes)
            return .success(true)
        }
        if case .failure(let error) = result { return .failure(error) }
        do { try reconfigure() } catch { return .failure(.unavailable("\(error)")) }
        for other in (try? listVersions(name)) ?? [] where other.state == .active && other.number != number {
            _ = try? catalog.versions.mark(other, .ready)
        }
        if version.state == .ready { return .success((try? catalog.versions.mark(version, .active)) ?? version) }
        return .success(version)
    }
}
