import GateModel
import Ledger
import Transparency

@testable import LogAudit

let origin = "gate.example/log"
let signer = try! NoteSigner(name: origin, seed: [UInt8](1...32))
let keys = ["\(signer.verifierKey)"]

/// A small log as the gate would write it: entries, tiles, signed checkpoints.
struct WrittenLog {
    var entries: [LogAudit.Entry] = []
    var edge = RightEdge()
    var tiles = MemoryTiles()
    var checkpoints: [[UInt8]] = []

    /// - Parameters:
    ///   - size: How many entries; `salt` makes another history of the same form.
    ///   - checkpoints: At which sizes one is signed.
    init(size: Int64, checkpoints sizes: [Int64], salt: UInt32 = 0) {
        if sizes.contains(0) { sign() }
        for sequence in 1...size {
            let at = Instant(milliseconds: 1_795_000_000_000 + sequence / 2 * 7)
            let kind: EntryKind = sequence % 3 == 0 ? .access : .allow
            let core = EntryCore(
                kind: kind, id: EntryID(at: at, sequence: sequence, noise: UInt32(sequence) &* 7919 ^ salt), at: at,
                actor: "k", body: [UInt8(truncatingIfNeeded: sequence)],
                binding: sequence % 2 == 0 ? .person([1, 2, 3]) : .keys([4]))
            entries.append(LogAudit.Entry(sequence: sequence, kind: kind.rawValue, core: core.bytes))
            tiles.store(edge.append(contentsOf: [.leaf(core.bytes)]))
            if sizes.contains(sequence) { sign() }
        }
    }

    mutating func sign() {
        guard let checkpoint = try? Checkpoint(origin: origin, size: edge.size, root: edge.root) else { return }
        checkpoints.append(signer.sign(checkpoint).bytes)
    }

    func stored(_ level: Int, _ index: Int64) -> MerkleHash? {
        Tile(level: level, index: index / 256, size: edge.size)
            .flatMap { try? tiles.hashes(of: $0) }.map { $0[Int(index % 256)] }
    }
}

/// Audits everything.
func audit(
    _ log: WrittenLog, entries: [LogAudit.Entry]? = nil, checkpoints: [[UInt8]]? = nil,
    stored: ((Int, Int64) -> MerkleHash?)? = nil
) throws(AuditFault) -> LogAudit.Summary {
    try begun(checkpoints ?? log.checkpoints).finished(entries ?? log.entries, stored)
}

/// An audit that has the checkpoints, and may be copied for many tries.
func begun(_ checkpoints: [[UInt8]]) throws(AuditFault) -> LogAudit {
    var audit = LogAudit(origin: origin, keys: keys)!
    for checkpoint in checkpoints { try audit.add(checkpoint: checkpoint) }
    return audit
}

extension LogAudit {
    func finished(
        _ entries: [LogAudit.Entry], _ stored: ((Int, Int64) -> MerkleHash?)? = nil
    ) throws(AuditFault) -> LogAudit.Summary {
        var audit = self
        for entry in entries { try audit.add(entry, stored: stored ?? { _, _ in nil }) }
        return try audit.finish()
    }
}

extension [UInt8] {
    func flipping(bit: Int) -> [UInt8] {
        var copy = self
        copy[bit / 8] ^= 1 << (bit % 8)
        return copy
    }
}
