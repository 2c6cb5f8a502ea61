import Foundation
import GateModel
import Ledger
import Synchronization

/// A file of rows that is being received. Feed it, then finish it. Dropped without either, it is a broken upload.
public final class ImportUpload: Sendable {
    public let id: EntryID
    private let folder: ImportFolder
    private let state: Mutex<State>
    private let imports: ImportQueue

    private struct State {
        var status: ImportStatus
        var file: SpoolFile?
        var lock: ImportLock?
    }

    init(_ order: ImportOrder, at now: Instant, _ imports: ImportQueue) throws(GateError) {
        self.imports = imports
        folder = imports.folder
        id = try folder.make(at: now)
        let status = ImportStatus(id: id, order: order, createdAt: now)
        do {
            let lock = folder.lock(id)
            let file = try SpoolFile(path: folder.rowsPath(id))
            try folder.save(status, isDurable: false)
            state = Mutex(State(status: status, file: file, lock: lock))
        } catch {
            folder.remove(id)
            throw error
        }
    }

    /// Takes the next bytes; blocks while they are written.
    ///
    /// - Throws: ``GateError/unavailable(_:)``, such as for a full disk; nothing of the upload is left then.
    public func feed(_ bytes: [UInt8]) throws(GateError) {
        do throws(GateError) {
            try state.withLock { state throws(GateError) in try state.file?.write(bytes) }
        } catch {
            abandon()
            throw error
        }
    }

    /// Makes the file durable; from then on it outlives a restart, and waits to be checked.
    public func finish() async throws(GateError) -> ImportStatus {
        let result = await imports.aside { Result { () throws(GateError) in try self.seal() } }
        if case .failure = result { abandon() }
        return try result.get()
    }

    /// Leaves nothing of the upload.
    public func abandon() {
        folder.remove(id)
        state.withLock { state in (state.file, state.lock) = (nil, nil) }
    }

    private func seal() throws(GateError) -> ImportStatus {
        try state.withLock { state throws(GateError) in
            guard let file = state.file else { throw .unavailable("the upload broke off") }
            try file.flush()
            state.status.bytes = file.length
            state.status.sha256 = file.sha256
            state.status.state = .checking
            try folder.save(state.status)
            (state.file, state.lock) = (nil, nil)
            return state.status
        }
    }
}
