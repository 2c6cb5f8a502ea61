import Crypto
import Documents
import Foundation
import GateModel
import Ledger
import PolicyPack

/// A row of a file, ready for the sequencer; without `row` it has a fault and is left out.
struct PreparedRow: Sendable {
    var line: Int
    var row: ImportRow?
}

extension Gate {
    /// Rows of one commit. Decisions wait for no more than these.
    static let rowsInCommit = 200
    /// Rows after which the index is filled: at the command line nobody else does it, and beside a service it keeps an import
    /// from running ahead of it.
    static let rowsBetweenIndexing = 20_000
    /// Faults that are kept one by one; the others are only counted.
    static let mostImportFaults = 1000
    /// Of a file whose faulty rows may be left out, one row in so many at most.
    static let badRowsShare = 20

    /// Brings an import as far as it goes: checks it, stages it, applies it once it may be applied. Blocks.
    ///
    /// - Parameter tell: Told of each step.
    /// - Returns: How it stands; nil while somebody else works on it, and for an unknown one.
    /// - Throws: ``GateError/unavailable(_:)``; the import then goes on where it was.
    func work(on id: EntryID, tell: (ImportStatus) -> Void) throws(GateError) -> ImportStatus? {
        let folder = imports.folder
        guard let lock = folder.lock(id), var status = folder.find(id) else { return nil }
        defer { withExtendedLifetime(lock) {} }
        if status.state == .receiving { try reject(&status, "the upload broke off; send the file again") }
        if status.state == .checking { try check(&status, tell) }
        if status.state == .ready, registry.imports[id]?.isApproved ?? false {
            (status.state, status.progress) = (.applying, 0)
            try folder.save(status)
        }
        if status.state == .applying { try apply(&status, tell) }
        tell(status)
        return status
    }

    private func reject(_ status: inout ImportStatus, _ reason: String) throws(GateError) {
        (status.state, status.reason, status.progress) = (.rejected, reason, 1)
        try imports.folder.save(status)
        imports.folder.removeRows(status.id)
    }

    // MARK: Checking

    private func check(_ status: inout ImportStatus, _ tell: (ImportStatus) -> Void) throws(GateError) {
        let policy = configuration.policy
        let (order, now) = (status.order, now)
        var checked = status
        (checked.rows, checked.rejected) = (0, 0)
        var faults: [RowFault] = []
        let reason = try reading(status) { reader in
            try reader.read { item in
                checked.rows += 1
                if case .failure(let found) = Gate.read(item, order, policy: policy, now: now) {
                    checked.rejected += 1
                    let kept = found.all.prefix(Gate.mostImportFaults - faults.count)
                    faults += kept.map { RowFault($0, line: item.line) }
                }
                if checked.rows % 2000 == 0 {
                    checked.progress = reader.share
                    try step(checked, tell)
                }
            }
        }
        status = checked
        if let reason { faults = Array((reason.faults + faults).prefix(Gate.mostImportFaults)) }
        if !faults.isEmpty { try imports.folder.writeRejects(faults, of: status.id) }
        if let refusal = reason.map(Gate.words) ?? refusal(status) { return try reject(&status, refusal) }
        try stage(status)
        (status.state, status.progress) = (.ready, 1)
        try imports.folder.save(status)
        tell(status)
    }

    /// Runs `body` over the rows of an import.
    ///
    /// - Returns: Why the file cannot be read; nil where it could.
    /// - Throws: What else `body` throws.
    private func reading(_ status: ImportStatus, _ body: (RowReader) throws -> Void) throws(GateError)
        -> UnreadableFile?
    {
        do {
            let path = imports.folder.rowsPath(status.id)
            try body(try RowReader(path: path, status.order, policy: configuration.policy, zones: zones))
            return nil
        } catch let error as UnreadableFile {
            return error
        } catch let error as GateError {
            throw error
        } catch {
            throw .unavailable("\(error)")
        }
    }

    private static func words(_ error: UnreadableFile) -> String {
        guard let first = error.faults.first else { return "the file cannot be read" }
        return "no row of the file can be used: \(first.line == 0 ? "" : "line \(first.line): ")\(first.reason)"
    }

    private func step(_ status: ImportStatus, _ tell: (ImportStatus) -> Void) throws(GateError) {
        if imports.isCancelled { throw .unavailable("the gate is stopping") }
        try imports.folder.save(status, isDurable: false)
        tell(status)
    }

    private func refusal(_ status: ImportStatus) -> String? {
        if status.bytes == 0 { return "the file is empty" }
        if status.rows == 0 { return "the file has no rows" }
        guard status.rejected > 0 else { return nil }
        let count = "\(status.rejected) of \(status.rows) rows have faults"
        guard status.order.skipsBadRows else {
            return "\(count); correct them, or send the file again with bad_rows=skip"
        }
        let isFew = status.rejected * Gate.badRowsShare <= status.rows
        return isFew ? nil : "\(count), more than one in \(Gate.badRowsShare); correct them"
    }

    /// A row as the single form would read it.
    private static func read(_ item: RowReader.Item, _ order: ImportOrder, policy: LoadedPolicy, now: Instant)
        -> Result<ImportRow, Faults>
    {
        item.node.flatMap { node in
            let faults = FaultCollector()
            var reader = ObjectReader(ImportRow.completed(node, order), faults: faults)
            let row = ImportRow(order, &reader, policy: policy, now: now)
            return Result { () throws(Faults) in
                try faults.check()
                return row
            }
        }
    }

    /// Writes into the log who hands in what; the same import once.
    private func stage(_ status: ImportStatus) throws(GateError) {
        let result = sequencer.submitBlocking { group in
            guard group.memory.registry.imports[status.id] == nil else { return .success(true) }
            let id = group.nextID()
            var json = JSONWriter()
            json.object { json in
                json.member("import", status.id.description)
                status.order.write(to: &json)
                json.member("rows", status.rows)
                json.member("rejected", status.rejected)
                json.member("bytes", status.bytes)
                json.member("sha256", status.sha256)
            }
            try group.append(.importBatch, id, actor: status.order.actor, json: json.bytes)
            return .success(true)
        }
        _ = try result.get()
    }

    // MARK: Applying

    private func apply(_ status: inout ImportStatus, _ tell: (ImportStatus) -> Void) throws(GateError) {
        let id = status.id
        var progress = registry.importProgress[id] ?? ImportProgress()
        while !progress.isFinished {
            guard fileDigest(imports.folder.rowsPath(id)) == status.sha256 else {
                return try reject(&status, "the stored file is gone or not the one that was checked; send it again")
            }
            let start = status
            if try reading(status, { try applyRows(of: start, &progress, $0, tell) }) != nil {
                return try reject(&status, "the stored file can no longer be read; send it again")
            }
        }
        if progress.rejected > status.rejected {
            status.reason = "\(progress.rejected - status.rejected) rows were left out: the policy no longer takes them"
        }
        (status.rejected, status.unchanged) = (progress.rejected, progress.unchanged)
        (status.state, status.progress) = (.applied, 1)
        try imports.folder.save(status)
        imports.folder.removeRows(id)
    }

    /// Applies group after group from where the log is; ends early where the log turns out to be elsewhere.
    private func applyRows(
        of status: ImportStatus, _ progress: inout ImportProgress, _ reader: RowReader, _ tell: (ImportStatus) -> Void
    ) throws {
        let (id, order) = (status.id, status.order)
        let policy = configuration.policy
        var (reached, passed) = (progress, 0)
        var rows: [PreparedRow] = []
        func commit(isLast: Bool) throws {
            let (batch, done) = (rows, reached.done)
            reached = try sequencer.submitBlocking { group in
                .success(try group.apply(batch, of: id, after: done, isLast: isLast))
            }.get()
            progress = reached
            rows.removeAll(keepingCapacity: true)
            guard reached.done == done + batch.count else { throw Elsewhere() }
            if reached.done / Gate.rowsBetweenIndexing > done / Gate.rowsBetweenIndexing { _ = try? maintain() }
            var status = status
            status.unchanged = reached.unchanged
            status.progress = Double(reached.done) / Double(max(status.rows, 1))
            if !isLast { try step(status, tell) }
        }
        let skipped = reached.done
        do {
            try reader.read { item in
                passed += 1
                guard passed > skipped else { return }
                let row = try? Gate.read(item, order, policy: policy, now: now).get()
                rows.append(PreparedRow(line: item.line, row: row))
                if rows.count == Gate.rowsInCommit { try commit(isLast: false) }
            }
            try commit(isLast: true)
        } catch is Elsewhere {
            return
        }
    }

    /// The log is not where it was taken to be.
    private struct Elsewhere: Error {}

    /// SHA-256 of a file in lower-case hexadecimal digits; nil where it cannot be read.
    private func fileDigest(_ path: String) -> String? {
        guard let file = FileHandle(forReadingAtPath: path) else { return nil }
        var hash = SHA256()
        while let data = try? file.read(upToCount: 1 << 18), !data.isEmpty { hash.update(data: data) }
        return hexadecimal(hash.finalize())
    }
}
