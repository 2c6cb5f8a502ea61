import Crypto
import Foundation
import Ledger
import Storage
import Synchronization
import Transparency

/// The Merkle tree over the log: extended behind the commits, never on a call's way, and signed once a second at most.
///
/// Several processes may have one over the same folder; one at a time extends. All of it may be called from any thread;
/// what extends blocks.
public final class LogTree: Sendable {
    /// A checkpoint that is stored and may be shown.
    struct Shown: Sendable {
        var checkpoint: Checkpoint
        var note: SignedNote
    }

    private struct Standing {
        var signer: NoteSigner
        var second: SM2Signer?
        var edge: RightEdge
        /// The end of the file of checkpoints when this process last knew it.
        var end: Int64
    }

    private let standing = Mutex<Standing?>(nil)
    private let lastSigned = Mutex<ContinuousClock.Instant?>(nil)
    private let newest = Mutex<Shown?>(nil)
    private let fault = Mutex<String?>(nil)
    private let store: any Store
    let files: TreeFiles
    private let seed: [UInt8]?
    private let sm2: [UInt8]?
    private let origin: String?
    /// As what the log was signed before, by what is kept apart from it; nil for a log that was never signed.
    private let signedAs: Mutex<String?>
    private let recordSigned: @Sendable (String) throws -> Void
    private let every: Duration
    private let notice: @Sendable (String) -> Void
    private static let portion = 8192
    /// After so long a call of ``extend(isLast:)`` ends, though it has not taken in everything.
    private static let stretch = Duration.milliseconds(500)
    /// So many of the signed entries are hashed again at start: a log that was cut and grew again is found out.
    private static let rehashed: Int64 = 256

    /// - Parameters:
    ///   - seed: The log's secret key; nil where the key file has none.
    ///   - sm2: The secret of its SM2 key; nil for signing with Ed25519 alone.
    ///   - origin: The log's name; nil for the one it has, or one made of its key.
    ///   - signedAs: As what the log was signed before, as it is kept apart from the log; nil where it never was.
    ///   - recordSigned: Keeps it there once there is a checkpoint.
    ///   - every: How long there is no further checkpoint after one.
    ///   - notice: Told of what a person should know, such as files that were made anew.
    init(
        folder: String, store: any Store, seed: [UInt8]?, sm2: [UInt8]? = nil, origin: String?,
        signedAs: String? = nil, recordSigned: @escaping @Sendable (String) throws -> Void = { _ in },
        every: Duration = .seconds(1),
        interrupt: (@Sendable (TreeFiles.Step) -> TreeFiles.Interruption?)? = nil,
        notice: @escaping @Sendable (String) -> Void
    ) {
        files = TreeFiles(folder: folder, interrupt: interrupt)
        (self.store, self.seed, self.sm2, self.origin) = (store, seed, sm2, origin)
        self.signedAs = Mutex(signedAs)
        self.recordSigned = recordSigned
        (self.every, self.notice) = (every, notice)
    }

    /// Why the tree is not extended, for a person; nil while all is well.
    public var problem: String? { fault.withLock { $0 } }

    /// How many entries are signed.
    public var signed: Int64 { newest.withLock { $0?.checkpoint.size ?? 0 } }

    /// How many entries are signed by the last checkpoint in the files, whoever wrote it; 0 for a log that never was. Changes
    /// nothing.
    ///
    /// - Throws: ``LogTreeFault``, where what was signed is not there or is more than the log has.
    public func signedOnDisk() throws -> Int64 {
        try requireSignatures()
        guard let last = try files.lastCheckpoint() else { return 0 }
        let size: Int64
        do { size = try Checkpoint(text: SignedNote(bytes: last.note).text).size } catch {
            throw LogTreeFault.checkpointUnreadable(why: "\(error)")
        }
        let head = try entries()
        guard size <= head else { throw LogTreeFault.logCut(signed: size, entries: head) }
        return size
    }

    var shown: Shown? { newest.withLock { $0 } }

    /// How many entries the log has.
    func entries() throws -> Int64 { try store.read { try $0.head() } }

    /// Takes in the entries behind the tree and signs a checkpoint, unless one was signed within the last second. Does
    /// nothing while another thread or process does it.
    ///
    /// - Parameter isLast: Whether nothing comes after: waits for another thread that extends, and signs in any case.
    /// - Throws: ``LogTreeFault``, or what reading the log throws. The next call begins anew what was not finished.
    public func extend(isLast: Bool = false) throws {
        do {
            if isLast {
                try standing.withLock { try extendOrForget(&$0, isLast: true) }
            } else if try standing.withLockIfAvailable({ try extendOrForget(&$0, isLast: false) }) == nil {
                return
            }
            fault.withLock { $0 = nil }
        } catch {
            fault.withLock { $0 = "\(error)" }
            throw error
        }
    }

    private func extendOrForget(_ standing: inout Standing?, isLast: Bool) throws {
        do { try extend(&standing, isLast: isLast) } catch {
            standing = nil
            throw error
        }
    }

    private func extend(_ standing: inout Standing?, isLast: Bool) throws {
        try files.prepare()
        _ = try files.alone {
            var current: Standing
            if let known = standing, known.end == files.size(TreeFiles.checkpoints) {
                current = known
            } else {
                current = try recover()
            }
            let head = try store.read { try $0.head() }
            guard head >= current.edge.size else {
                throw LogTreeFault.logCut(signed: current.edge.size, entries: head)
            }
            if head > current.edge.size, isLast || !hasJustSigned {
                // What is far behind is taken in bit by bit: whoever waits for a call's answer needs the disk as well.
                let end = ContinuousClock.now + LogTree.stretch
                repeat { try append(to: &current.edge, upTo: head) } while current.edge.size < head && .now < end
                try sign(&current)
            }
            standing = current
        }
    }

    private var hasJustSigned: Bool {
        lastSigned.withLock { $0.map { ContinuousClock.now - $0 < every } ?? false }
    }

    /// Takes in one portion of entries. The edge moves only when the hashes are durable.
    private func append(to edge: inout RightEdge, upTo head: Int64) throws {
        let size = edge.size
        let count = Int(min(head - size, Int64(LogTree.portion)))
        let entries = try store.read { try $0.entries(in: size + 1..<size + 1 + Int64(count)) }
        guard entries.count == count else { throw LogTreeFault.missingEntry(sequence: size + Int64(entries.count) + 1) }
        for (place, entry) in entries.enumerated() where entry.sequence != size + Int64(place) + 1 {
            throw LogTreeFault.missingEntry(sequence: size + Int64(place) + 1)
        }
        var next = edge
        let runs = next.append(contentsOf: entries.lazy.map { .leaf($0.core) })
        for run in runs {
            var bytes: [UInt8] = []
            bytes.reserveCapacity(run.hashes.count * MerkleHash.count)
            for hash in run.hashes { bytes.append(contentsOf: hash.bytes) }
            try files.write(bytes, to: TreeFiles.level(run.level), at: run.start * Int64(MerkleHash.count))
        }
        for run in runs { try files.sync(TreeFiles.level(run.level)) }
        edge = next
    }

    private func sign(_ standing: inout Standing) throws {
        let checkpoint = try Checkpoint(
            origin: standing.signer.verifierKey.name, size: standing.edge.size, root: standing.edge.root)
        var note = standing.signer.sign(checkpoint)
        if let second = standing.second { note = note.adding(try second.sign(checkpoint)) }
        standing.end = try files.append(checkpoint: note.bytes, at: standing.end)
        show(checkpoint, note)
        recordSigned(as: "\(standing.signer.verifierKey)")
    }

    /// After the checkpoint: killed in between, the next start finds it and records it then.
    private func recordSigned(as key: String) {
        signedAs.withLock { known in
            guard known == nil else { return }
            do { try recordSigned(key) } catch {
                notice("that the log is signed was not recorded beside its secret: \(error)")
            }
            known = key
        }
    }

    private func show(_ checkpoint: Checkpoint, _ note: SignedNote) {
        lastSigned.withLock { $0 = .now }
        newest.withLock { $0 = Shown(checkpoint: checkpoint, note: note) }
    }

    // MARK: Start, and the way back from any failure

    /// Goes back to what was last signed. Hashes behind it may be torn and are made anew.
    private func recover() throws -> Standing {
        try requireSignatures()
        let signer = try identity()
        let second = try secondIdentity(signer.verifierKey.name)
        let last = try files.lastCheckpoint()
        let end = last?.end ?? 0
        if files.size(TreeFiles.checkpoints) > end {
            notice("the last checkpoint was not finished, so never shown; it is dropped")
            try files.cut(TreeFiles.checkpoints, to: end)
            try files.sync(TreeFiles.checkpoints)
        }
        guard let last else { return Standing(signer: signer, second: second, edge: try rebuild(size: 0), end: 0) }
        let verified: VerifiedCheckpoint
        do {
            verified = try VerifiedCheckpoint(
                bytes: last.note, origin: signer.verifierKey.name, log: [signer.verifierKey])
        } catch {
            throw LogTreeFault.checkpointUnreadable(why: "\(error)")
        }
        let checkpoint = verified.checkpoint
        let head = try store.read { try $0.head() }
        guard checkpoint.size <= head else { throw LogTreeFault.logCut(signed: checkpoint.size, entries: head) }
        let edge = try storedEdge(checkpoint)
        try rehash(before: checkpoint.size)
        if shown != Shown(checkpoint: checkpoint, note: verified.note) { show(checkpoint, verified.note) }
        recordSigned(as: "\(signer.verifierKey)")
        return Standing(signer: signer, second: second, edge: edge, end: end)
    }

    /// A log that was signed has checkpoints.
    private func requireSignatures() throws(LogTreeFault) {
        guard let key = signedAs.withLock({ $0 }), files.size(TreeFiles.checkpoints) == 0 else { return }
        throw .signaturesMissing(key: key)
    }

    /// The edge that the stored hashes give, or that of the entries where hashes are missing.
    private func storedEdge(_ checkpoint: Checkpoint) throws -> RightEdge {
        let size = checkpoint.size
        func bytes(_ level: Int) -> Int64 { (size >> Int64(8 * level)) * Int64(MerkleHash.count) }
        if (0..<TreeFiles.levels).allSatisfy({ files.size(TreeFiles.level($0)) >= bytes($0) }) {
            for level in 0..<TreeFiles.levels { try files.cut(TreeFiles.level(level), to: bytes(level)) }
            var view = TreeView(size: size, source: files)
            let edge = try view.edge()
            if edge.root == checkpoint.root { return edge }
        }
        notice("the tree's files do not hold the \(size) entries that are signed; they are made anew from the log")
        let edge = try rebuild(size: size)
        guard edge.root == checkpoint.root else { throw LogTreeFault.otherHistory(sequence: size) }
        return edge
    }

    private func rebuild(size: Int64) throws -> RightEdge {
        for level in 0..<TreeFiles.levels { try files.cut(TreeFiles.level(level), to: 0) }
        var edge = RightEdge()
        while edge.size < size { try append(to: &edge, upTo: size) }
        return edge
    }

    private func rehash(before size: Int64) throws {
        let first = max(0, size - LogTree.rehashed)
        let entries = try store.read { try $0.entries(in: first + 1..<size + 1) }
        for entry in entries {
            let index = entry.sequence - 1
            guard
                let stored = MerkleHash(
                    bytes: try files.read(
                        TreeFiles.level(0), at: index * Int64(MerkleHash.count), count: MerkleHash.count)),
                stored == .leaf(entry.core)
            else { throw LogTreeFault.otherHistory(sequence: entry.sequence) }
        }
    }

    /// The log's key under its name. Both are written down at first use and never change after it.
    private func identity() throws -> NoteSigner {
        guard let seed else { throw LogTreeFault.noKey }
        let bytes = try files.read("key", at: 0, count: 4096)
        if bytes.isEmpty {
            guard files.size(TreeFiles.checkpoints) == 0 else {
                throw LogTreeFault.identityUnreadable(why: "it is missing, and there are checkpoints")
            }
            let signer = try NoteSigner(name: origin ?? LogTree.defaultOrigin(seed), seed: seed)
            try files.replace("key", with: Array("\(signer.verifierKey)\n".utf8))
            return signer
        }
        let written: VerifierKey
        do {
            guard bytes.last == 10 else { throw TransparencyError.noteEndsWithoutNewline }
            written = try VerifierKey(String(decoding: bytes.dropLast(), as: UTF8.self))
        } catch {
            throw LogTreeFault.identityUnreadable(why: "\(error)")
        }
        let signer = try NoteSigner(name: origin ?? written.name, seed: seed)
        guard signer.verifierKey == written else {
            throw LogTreeFault.otherIdentity(written: "\(written)", given: "\(signer.verifierKey)")
        }
        return signer
    }

    /// The log's SM2 key, written down like the other; nil where the key file has none.
    private func secondIdentity(_ name: String) throws -> SM2Signer? {
        guard let sm2 else { return nil }
        let signer = try SM2Signer(name: name, secret: sm2)
        let line = Array("\(signer.verifierKey)\n".utf8)
        let written = try files.read(TreeFiles.sm2Key, at: 0, count: 4096)
        if written.isEmpty { try files.replace(TreeFiles.sm2Key, with: line) }
        guard written.isEmpty || written == line else {
            throw LogTreeFault.otherIdentity(
                written: String(decoding: written.dropLast(), as: UTF8.self), given: "\(signer.verifierKey)")
        }
        return signer
    }

    private static func defaultOrigin(_ seed: [UInt8]) throws -> String {
        let key = try NoteSigner(name: "callgate.local", seed: seed).verifierKey.publicKey
        return "callgate.local/" + hexadecimal(SHA256.hash(data: key)).prefix(16)
    }

    /// The log's public key; nil before the tree was opened.
    var verifierKey: VerifierKey? { verifierKey(in: "key") }

    /// Its public key for SM2; nil where it was never signed so.
    var sm2VerifierKey: VerifierKey? { verifierKey(in: TreeFiles.sm2Key) }

    private func verifierKey(in file: String) -> VerifierKey? {
        guard let bytes = try? files.read(file, at: 0, count: 4096), !bytes.isEmpty else { return nil }
        return try? VerifierKey(String(decoding: bytes.dropLast(), as: UTF8.self))
    }
}

extension LogTree.Shown: Equatable {}
