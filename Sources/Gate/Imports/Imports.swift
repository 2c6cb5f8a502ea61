import Documents
import Foundation
import GateModel
import Ledger
import PolicyPack

// Many consents, refusals, relationships, calls made outside the gate, campaigns or caller ids at once.
extension Gate {
    /// Begins to receive a file of rows. What becomes of it is told by ``importStatus(_:)``.
    ///
    /// - Throws: ``GateError/invalid(_:)`` for an unknown zone, ``GateError/unavailable(_:)``.
    public func beginImport(_ order: ImportOrder) throws(GateError) -> ImportUpload {
        if let zone = order.zone, (try? zones.zone(named: zone)) == nil {
            throw .invalid("/tz", "is no time zone; name one such as Asia/Shanghai")
        }
        return try ImportUpload(order, at: now, imports)
    }

    /// Lets a received or approved import be worked on in the background.
    public func enqueueImport(_ id: EntryID) {
        guard let status = imports.folder.find(id) else { return }
        imports.enqueue(status) {
            do { _ = try self.work(on: id) { _ in } } catch {
                if !self.imports.isCancelled { self.logger.error("import \(id) waits: \(error)") }
            }
        }
    }

    /// Works on an import, or follows whoever does, until it is over or waits for its approval.
    ///
    /// - Parameter tell: Told of each step, on another thread.
    public func followImport(
        _ id: EntryID, tell: @escaping @Sendable (ImportStatus) -> Void
    ) async throws(GateError) -> ImportStatus {
        let result = await imports.aside { () -> Result<ImportStatus, GateError> in
            Result { () throws(GateError) in
                while true {
                    if let status = try self.work(on: id, tell: tell) { return status }
                    guard let status = self.imports.folder.find(id) else {
                        throw .notFound("there is no such import")
                    }
                    if status.isOver { return status }
                    tell(status)
                    usleep(50_000)
                }
            }
        }
        return try result.get()
    }

    /// - Throws: ``GateError/notFound(_:)``.
    public func importStatus(_ id: String) throws(GateError) -> ImportStatus {
        guard let id = EntryID(id), let status = imports.folder.find(id) else {
            throw .notFound("there is no such import")
        }
        return status
    }

    /// Every import, the newest first.
    public func importStatuses() -> [ImportStatus] {
        imports.folder.ids().reversed().compactMap { imports.folder.find($0) }
    }

    /// Where the faults of an import lie; nothing is there where it has none.
    public func importRejectsPath(_ status: ImportStatus) -> String { imports.folder.path(status.id, "rejects.csv") }

    /// Takes up what a stopped process, or another one, left to do. Blocks for a moment; called about once a second.
    public func resumeImports() {
        for status in imports.unfinished() {
            if status.state == .ready, !(registry.imports[status.id]?.isApproved ?? false) { continue }
            enqueueImport(status.id)
        }
    }

    /// Returns once nothing is worked on.
    public func settleImports() async {
        await withUnsafeContinuation { continuation in
            DispatchQueue.global(qos: .utility).async { continuation.resume(returning: self.imports.settle()) }
        }
    }

    /// Imports of at most so many rows are applied before their approval is answered.
    static let fewRows = 1000

    /// Approves an import; another owner than the one who handed it in.
    ///
    /// - Returns: The approval's entry, or the import's id where it was approved already.
    func approveImport(_ name: String, reason: String?, by key: APIKey) async -> Result<String, GateError> {
        let result = await submit { try $0.change("import", name, .approval, reason: reason, by: key) }
        if case .failure(.notFound) = result, let status = EntryID(name).flatMap(imports.folder.find),
            status.state != .ready
        {
            return .failure(
                .conflict(
                    code: "not-ready",
                    detail: "the import is \(status.state.rawValue); only a ready one can be approved"))
        }
        guard case .success(let entry) = result, let id = EntryID(name) else { return result.map { _ in name } }
        if entry != nil {
            if let status = imports.folder.find(id), status.rows <= Gate.fewRows {
                _ = await imports.aside { Result { try self.work(on: id) { _ in } } }
            }
            // Whatever is left to do, such as after a failed commit.
            enqueueImport(id)
        }
        return .success(entry?.description ?? name)
    }

    /// Checks a few rows and stages them at once.
    ///
    /// - Parameter rows: Objects of the contract's form, at most 1000 over HTTP.
    /// - Returns: The import's id.
    public func stage(_ order: ImportOrder, _ rows: [Node]) async -> Result<String, GateError> {
        let policy = configuration.policy
        let kind = order.kind
        let now = now
        let faults = FaultCollector()
        for (index, row) in rows.enumerated() {
            var reader = ObjectReader(
                ImportRow.completed(row, order), at: .element(.member(.root, kind.rawValue), index), faults: faults)
            _ = ImportRow(order, &reader, policy: policy, now: now)
        }
        do throws(Faults) { try faults.check() } catch { return .failure(.invalid(error)) }
        if rows.isEmpty { return .failure(.invalid("/\(kind.rawValue)", "has no rows")) }
        var text: [UInt8] = []
        for row in rows {
            var json = JSONWriter()
            json.node(row)
            text += json.bytes + [10]
        }
        do throws(GateError) {
            let upload = try beginImport(order)
            try upload.feed(text)
            _ = try await upload.finish()
            let status = try await followImport(upload.id) { _ in }
            if status.state == .rejected { return .failure(.invalid("/\(kind.rawValue)", status.reason ?? "rejected")) }
            return .success(status.id.description)
        } catch {
            return .failure(error)
        }
    }
}
