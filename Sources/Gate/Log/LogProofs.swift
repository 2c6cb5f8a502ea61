import Foundation
import GateModel
import Ledger
import Storage
import Transparency

/// A decision's receipt.
public struct DecisionReceipt: Sendable {
    /// The receipt as a file, in the form of C2SP tlog-proof.
    public var receipt: Receipt
    /// The size of the tree that was signed.
    public var size: Int64
}

/// What the log proves to others. Each blocks, or runs on a thread of its own; none is on a call's way.
extension Gate {
    /// The newest checkpoint, signed anew where the log grew and the last is older than a second.
    public func logCheckpoint() async -> Result<String, GateError> {
        await proving { tree in
            guard let shown = try tree.shown(covering: 0) else { return .failure(LogTree.notYet) }
            return .success("\(shown.note)")
        }
    }

    /// The newest checkpoint that outside witnesses cosigned.
    public func cosignedCheckpoint() async -> Result<String, GateError> {
        await proving { tree in
            guard try tree.shown(covering: 0) != nil, let cosigned = try tree.cosigned(covering: 0) else {
                return .failure(.notFound("no witness has cosigned a checkpoint yet; /readyz says how they stand"))
            }
            return .success("\(cosigned.note)")
        }
    }

    /// The log's public key, `name+hash+key`.
    public func logKey() async -> Result<String, GateError> {
        await proving { tree in
            if tree.verifierKey == nil { try tree.extend() }
            guard let key = tree.verifierKey else { return .failure(LogTree.notYet) }
            return .success("\(key)")
        }
    }

    /// The log's public key for SM2, in the same form.
    public func logSM2Key() async -> Result<String, GateError> {
        await proving { tree in
            if tree.sm2VerifierKey == nil { try tree.extend() }
            guard let key = tree.sm2VerifierKey else {
                return .failure(.notFound("the log is not signed with SM2; `serve --sm2` begins it"))
            }
            return .success("\(key)")
        }
    }

    /// The proof that a decision is in the log, under the newest cosigned checkpoint where that covers it, else under the
    /// newest.
    ///
    /// - Returns: `unavailable` for a decision made within the last second, whose checkpoint is yet to be signed.
    public func receipt(of id: String) async -> Result<DecisionReceipt, GateError> {
        let missing = GateError.notFound("there is no such decision")
        guard let id = EntryID(id) else { return .failure(missing) }
        return await proving { tree in
            guard let entry = try self.store.read({ try $0.entry(id.sequence) }),
                entry.kind == .allow || entry.kind == .deny, try EntryCore(bytes: entry.core).id == id
            else { return .failure(missing) }
            guard let own = try tree.shown(covering: entry.sequence) else { return .failure(LogTree.notYet) }
            // One that cannot be read is told by `/readyz`, and keeps nobody from a receipt.
            let shown = (try? tree.cosigned(covering: entry.sequence)) ?? own
            var view = TreeView(size: shown.checkpoint.size, source: tree.files)
            let proof = try view.inclusionProof(of: entry.sequence - 1)
            // What does not verify is not given away.
            guard proof.verifies(leaf: .leaf(entry.core), root: shown.checkpoint.root) else {
                throw LogTreeFault.tilesDamaged
            }
            return .success(
                DecisionReceipt(
                    receipt: Receipt(entry: entry.core, index: proof.index, path: proof.path, checkpoint: shown.note),
                    size: shown.checkpoint.size))
        }
    }

    /// The proof that the tree of `from` entries is the beginning of that of `to`.
    ///
    /// - Parameter to: nil for the newest checkpoint's size.
    public func logConsistency(from: Int64, to: Int64?) async -> Result<ConsistencyProof, GateError> {
        await proving { tree in
            guard let shown = try tree.shown(covering: to ?? 0) else {
                let head = try self.store.read { try $0.head() }
                return .failure(
                    to ?? 0 <= head ? LogTree.notYet : .invalid("/to", "is more than the \(head) entries of the log"))
            }
            let size = to ?? shown.checkpoint.size
            guard size <= shown.checkpoint.size else {
                return .failure(.invalid("/to", "is more than the \(shown.checkpoint.size) entries that are signed"))
            }
            guard 0...size ~= from else { return .failure(.invalid("/from", "must lie in 0…\(size)")) }
            var view = TreeView(size: size, source: tree.files)
            return .success(try view.consistencyProof(from: from))
        }
    }

    /// What a tile's path names, below the newest checkpoint: hashes, or entries as a bundle.
    public func logTile(_ path: String) async -> Result<[UInt8], GateError> {
        await proving { tree in
            guard let resource = try? TileResource(path: path) else {
                return .failure(.notFound("this is no path of a tile, such as tile/0/x001/234.p/5"))
            }
            let tile = resource.tile
            guard let shown = try tree.shown(covering: 0), tile.isIn(treeOf: shown.checkpoint.size) else {
                return .failure(.notFound("the log has no such tile yet"))
            }
            guard case .entries = resource else { return .success(try tree.files.hashes(of: tile).flatMap(\.bytes)) }
            let stretch = tile.start + 1..<tile.start + 1 + Int64(tile.width)
            let entries = try self.store.read { try $0.entries(in: stretch) }
            guard entries.count == tile.width else {
                return .failure(.notFound("entries of this tile were dropped; their hashes are in tile/0"))
            }
            do throws(TransparencyError) {
                return .success(try EntryBundle.bytes(entries.map(\.core)))
            } catch {
                return .failure(.conflict(code: "entry-too-long", detail: "\(error)"))
            }
        }
    }

    /// Takes in and signs what was appended, on a thread of its own; called about once a second. A failure is logged
    /// once and told by ``readiness()``.
    public func signLog() {
        let (tree, logger) = (tree, logger)
        DispatchQueue.global(qos: .utility).async {
            let before = tree.problem
            do { try tree.extend() } catch {
                if tree.problem != before { logger.error("the log is not signed: \(error)") }
            }
        }
    }

    func proving<T: Sendable>(
        _ body: @escaping @Sendable (LogTree) throws -> Result<T, GateError>
    ) async -> Result<T, GateError> {
        let tree = tree
        return await withUnsafeContinuation { continuation in
            DispatchQueue.global(qos: .utility).async {
                do { continuation.resume(returning: try body(tree)) } catch {
                    continuation.resume(returning: .failure(.unavailable("\(error)")))
                }
            }
        }
    }
}

extension LogTree {
    static var notYet: GateError { .unavailable("the entry is not signed yet; it will be within a second") }

    /// The newest checkpoint, extended on demand.
    ///
    /// - Returns: nil where it has fewer entries than asked for, up to as many as the log has.
    func shown(covering size: Int64) throws -> Shown? {
        if size == 0 || signed < size { try extend() }
        guard let shown, size <= shown.checkpoint.size else { return nil }
        return shown
    }
}
