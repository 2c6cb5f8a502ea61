import Foundation
import GateModel
import PolicyPack
import Suppression

/// A version on its way in: its bytes are taken to disk first and read afterwards. For one caller at a time.
public final class ListUpload {
    public let version: ListVersion
    private var spool: UploadSpool?
    /// Bytes taken so far.
    public private(set) var length = 0
    private let folder: ListFolder
    private let claim: VersionClaim?

    init(_ version: ListVersion, _ folder: ListFolder) throws {
        self.version = version
        self.folder = folder
        claim = folder.claim(version)
        spool = try folder.receive(version)
    }

    /// Blocks while the bytes are written; to be followed by ``abandon(_:)`` where it fails.
    public func take(_ bytes: UnsafeRawBufferPointer) throws {
        try spool?.write(bytes)
        length += bytes.count
    }

    /// The upload has ended well.
    ///
    /// - Parameter sha256: What its sender says its SHA-256 is, in hexadecimal; nil where nothing was said.
    /// - Returns: The version in state `checking`, or `rejected` where it is not what was sent.
    public func end(sha256: String? = nil) throws -> ListVersion {
        guard let spool else { throw GateError.unavailable("the upload broke off") }
        let version = try folder.received(version, spool)
        if let sha256, version.upload?.sha256 != sha256.lowercased() {
            return try folder.reject(version, because: "its SHA-256 is not the one that was announced; send it again")
        }
        return version
    }

    /// The upload broke off: the version is given up and nothing of it is left.
    public func abandon(_ why: String) {
        // On a full disk its own bytes must go, or there is no room to say that it is given up.
        spool = nil
        _ = try? folder.reject(version, because: why)
    }
}

extension Gate {
    /// Uploads up to this size are checked while their sender waits; larger ones are followed by asking for the version.
    public static let quickUpload = 8 << 20

    /// Begins a version of a list.
    ///
    /// - Parameters:
    ///   - mode: How the upload changes the active version.
    ///   - asOf: When its content was true; nil is now, or for an addition or removal the instant of the active version,
    ///     whose age it does not change.
    ///   - isDryRun: Whether the upload is only to be counted.
    public func beginUpload(
        _ name: String, mode: ListVersion.Mode, asOf: Instant?, source: String, by owner: String, isDryRun: Bool = false
    ) throws -> ListUpload {
        let definition = try definition(name)
        let now = now
        if let asOf, asOf > now + .minutes(5) { throw GateError.invalid("/as_of", "lies in the future") }
        let active = registry.lists[name]
        if mode != .replace, active == nil, !definition.keptByGate, definition.coverage != .asked {
            // Those whom a few additions do not name would pass for not listed.
            throw GateError.conflict(
                code: "no-active-version",
                detail: "the list `\(name)` has no active version; send it whole with mode=replace")
        }
        let before = mode == .replace ? nil : try active.map { try listVersion(name, $0.version) }
        // A change makes nothing older than it is; but answers age one by one, and are of now unless they say otherwise.
        let from =
            definition.coverage == .asked && mode == .add
            ? asOf ?? now : before.map { max($0.asOf, asOf ?? $0.asOf) } ?? asOf ?? now
        let version = try catalog.versions.begin(
            definition, mode: mode, base: active?.version, asOf: from, sourceName: source, uploadedBy: owner, at: now,
            isDryRun: isDryRun)
        return try ListUpload(version, catalog.versions)
    }

    /// Reads what was uploaded, says what it would change, and puts it in force where it need not wait. Takes as long as
    /// the upload is large; cancelling the caller does not end it.
    ///
    /// - Parameter version: In state `checking`; any other is given back as it is.
    public func check(_ version: ListVersion) async throws -> ListVersion {
        try await aside { try self.checkBlocking(version) }
    }

    /// The same without waiting for it, one upload after another.
    public func checkLater(_ version: ListVersion) {
        // Its end stands with the version, for whoever asks.
        listWork.add("check of list \(version.list)") { job in _ = try? self.checkBlocking(version, job) }
    }

    func checkBlocking(_ version: ListVersion, _ job: BackgroundWork.Job? = nil) throws -> ListVersion {
        guard version.state == .checking else { return version }
        let checked = try checkAlone(version, job)
        guard checked.state == .ready, !checked.isDryRun, checked.mode == .add,
            try definition(checked.list).takesAdditionsAtOnce
        else { return checked }
        return try activateBlocking(
            checked.list, checked.number, rollback: false, by: .gate(for: checked.uploadedBy))
    }

    /// Adds a registry's answers to an `asked` list and puts them in force.
    public func addAnswers(_ name: String, _ bytes: [UInt8], source: String, by key: APIKey) async throws -> ListVersion
    {
        guard try definition(name).coverage == .asked else {
            throw GateError.conflict(code: "not-asked", detail: "the list `\(name)` holds no answers; upload a version")
        }
        let upload = try beginUpload(name, mode: .add, asOf: nil, source: source, by: key.owner)
        do { try bytes.withUnsafeBytes { try upload.take($0) } } catch {
            upload.abandon("it could not be stored: \(error)")
            throw error
        }
        return try await check(try upload.end())
    }

    private func checkAlone(_ version: ListVersion, _ job: BackgroundWork.Job?) throws -> ListVersion {
        let claim = catalog.versions.claim(version)
        defer { withExtendedLifetime(claim) {} }
        let configuration = configuration
        let definition = try definition(version.list)
        defer { checks.set(nil, of: version) }
        do {
            let checked = try catalog.versions.check(
                version, definition, normalise: ListCatalog.normaliser(definition, configuration.policy),
                shortcut: ListCatalog.shortcut(definition, configuration.policy),
                progress: { share in
                    self.checks.set(share, of: version)
                    return !(job?.isCancelled ?? false)
                })
            guard checked.state == .checking else { return checked }
            return try catalog.versions.settle(checked, try effect(of: checked, definition))
        } catch SuppressionError.interrupted {
            throw SuppressionError.interrupted
        } catch SuppressionError.rejected(let why) {
            return try catalog.versions.reject(version, because: "\(why)")
        } catch {
            logger.error("version \(version.number) of list \(version.list) cannot be checked: \(error)")
            _ = try? catalog.versions.reject(version, because: "it could not be checked: \(error)")
            throw error
        }
    }

    /// Goes on with the checks that an ended process left, and gives up uploads that it did not receive to their end.
    /// Blocks; called when the service starts.
    ///
    /// - Returns: Versions to be checked.
    public func unfinishedUploads() -> [ListVersion] {
        var result: [ListVersion] = []
        for name in (try? catalog.versions.lists()) ?? [] {
            for version in (try? listVersions(name)) ?? []
            where version.state == .receiving || version.state == .checking {
                // Whoever holds the claim is at work on it.
                guard let claim = catalog.versions.claim(version) else { continue }
                withExtendedLifetime(claim) {
                    if version.state == .checking,
                        FileManager.default.fileExists(atPath: catalog.versions.uploadPath(version))
                    {
                        result.append(version)
                    } else {
                        _ = try? catalog.versions.reject(version, because: "the upload broke off; send it again")
                    }
                }
            }
        }
        return result
    }
}

extension ListDefinition {
    /// Whether an addition is put in force as soon as it is checked: it only ever makes fewer numbers callable.
    var takesAdditionsAtOnce: Bool {
        effect == .suppress && !needsApproval && (keptByGate || coverage == .asked)
    }
}

extension APIKey {
    /// The gate itself, on behalf of whoever handed something in.
    static func gate(for owner: String) -> APIKey {
        APIKey(
            id: "gate", role: .admin, name: "gate", owner: owner, vendors: [Call.ownVendor],
            legalEntities: [Call.mainEntity], permits: nil, hash: "")
    }
}
