import Foundation
import GRDB
import Gate
import GateModel
import GateTesting
import Ledger
import LogVerification
import Storage
import StorageSQLite
import Synchronization

@testable import Gate

/// A small log in a real database, written as the gate writes it, with the files of its tree.
final class WrittenLog {
    let folder: TemporaryFolder
    let store: any Store
    let keyFile: KeyFile
    var tree: LogTree
    var data: String { folder.path + "/data" }
    let start = Instant(milliseconds: 1_795_000_000_000)

    /// - Parameter rounds: After each the tree is extended and signed.
    init(rounds: [Int] = [3, 2, 4], noise: UInt32 = 7) throws {
        folder = try TemporaryFolder()
        store = try SQLiteStore(folder: folder.path + "/data")
        keyFile = try KeyFile.open(path: folder.path + "/data.keys", mayCreate: true)
        tree = makeTree(folder.path + "/data/tree", store, keyFile, remembers: true)
        for round in rounds {
            try append(round, noise: noise)
            try tree.extend()
        }
    }

    /// Appends entries about a person, and about nobody.
    func append(_ count: Int, noise: UInt32 = 7) throws {
        var random = BufferedRandom()
        try store.commit { transaction in
            let secret = SubjectSecret(using: &random)
            let subject = try transaction.addSubject(keyFile.ledger.wrap(secret, using: &random))
            for _ in 0..<count {
                let sequence = try transaction.head() + 1
                let at = start + Span(milliseconds: sequence * 7)
                let id = EntryID(at: at, sequence: sequence, noise: noise &+ UInt32(sequence) &* 7919)
                let isPersonal = sequence % 2 == 1
                let keys = [LookupKey(high: 7, low: UInt64(sequence)), LookupKey(high: 8, low: 9)]
                let part = PersonalPart(
                    mask: "+861******01", number: "+8613800000001", customer: "c",
                    record: [0x82, 1, UInt8(sequence & 15)], keys: keys, settles: sequence % 3 == 0 ? 1 : nil)
                let core = EntryCore(
                    kind: isPersonal ? .deny : .access, id: id, at: at, actor: "k", body: [0x80],
                    binding: isPersonal
                        ? .person(secret.opening(id).commitment(part)) : keyFile.ledger.binding(id, keys))
                try transaction.append(
                    StoredEntry(
                        sequence: sequence, kind: core.kind, core: core.bytes,
                        personal: isPersonal ? part.stored(under: secret, id) : nil,
                        subject: isPersonal ? subject : nil,
                        keys: keys, settles: isPersonal ? part.settles : nil))
            }
        }
    }

    /// Removes the personal parts of entries, as an erasure does that leaves their first key.
    func erase(_ sequences: [Int64]) throws {
        try store.commit { transaction in
            let sequence = try transaction.head() + 1
            let at = start + Span(milliseconds: sequence * 7)
            let id = EntryID(at: at, sequence: sequence, noise: 1)
            for erased in sequences {
                guard let entry = try transaction.entry(erased) else { continue }
                let kept = Array(entry.keys.prefix(1))
                let remains = try keyFile.ledger.remains(
                    of: EntryCore(bytes: entry.core).id, kept, settles: entry.settles, removedBy: sequence)
                try transaction.redact(entry, keeping: kept, bound: remains, by: sequence)
            }
            let core = EntryCore(
                kind: .erasure, id: id, at: at, actor: "k", body: Array("{\"entries\":\(sequences.count)}".utf8),
                binding: keyFile.ledger.binding(id, []))
            try transaction.append(StoredEntry(sequence: sequence, kind: .erasure, core: core.bytes))
        }
    }

    /// Drops a segment's decisions, as the log says.
    func drop(_ segment: Segment, count: Int64) throws {
        try store.commit { transaction in
            let sequence = try transaction.head() + 1
            let at = start + Span(milliseconds: sequence * 7)
            let entries = segment.entries
            let body =
                #"{"segment":\#(segment.number),"first":\#(entries.lowerBound),"last":\#(entries.upperBound),"entries":\#(count)}"#
            let id = EntryID(at: at, sequence: sequence, noise: 1)
            let core = EntryCore(
                kind: .segmentDrop, id: id, at: at, actor: "k", body: Array(body.utf8),
                binding: keyFile.ledger.binding(id, []))
            try transaction.drop(segment, count: count, by: sequence)
            try transaction.append(StoredEntry(sequence: sequence, kind: .segmentDrop, core: core.bytes))
        }
    }

    /// Opens the tree as a process does that starts anew.
    func reopen(interrupt: (@Sendable (TreeFiles.Step) -> TreeFiles.Interruption?)? = nil, origin: String? = nil) {
        let kept = (try? KeyFile.open(path: data + ".keys", mayCreate: false)) ?? keyFile
        tree = makeTree(data + "/tree", store, kept, origin: origin, remembers: true, interrupt: interrupt)
    }

    func places(key: String? = nil, keys: String? = nil) -> LogVerification.Places {
        .init(database: data + "/log.sqlite", tree: data + "/tree", keys: keys ?? data + ".keys", key: key)
    }

    func verify(key: String? = nil, keys: String? = nil) throws -> LogVerification.Report {
        try LogVerification(places(key: key, keys: keys)).run()
    }

    /// What is found; nil where nothing is wrong.
    func finding(keys: String? = nil) throws -> LogVerification.Finding? {
        do { _ = try verify(keys: keys) } catch let finding as LogVerification.Finding { return finding }
        return nil
    }

    /// Changes the database behind the gate's back.
    func tamper(_ sql: String, _ arguments: StatementArguments = []) throws {
        let queue = try DatabaseQueue(path: data + "/log.sqlite")
        try queue.writeWithoutTransaction { try $0.execute(sql: sql, arguments: arguments) }
        try queue.close()
    }

    func file(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(fileURLWithPath: data + "/tree/" + name)))
    }

    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: data + "/tree/" + name))
    }

    /// Every file of the tree that must be the same however often the gate was killed.
    func hashes() throws -> [[UInt8]] {
        try (0..<8).compactMap { level in
            FileManager.default.fileExists(atPath: data + "/tree/level-\(level)") ? try file("level-\(level)") : nil
        }.filter { !$0.isEmpty }
    }

    deinit { try? store.close() }
}

func makeTree(
    _ folder: String, _ store: any Store, _ keyFile: KeyFile, origin: String? = nil, remembers: Bool = false,
    interrupt: (@Sendable (TreeFiles.Step) -> TreeFiles.Interruption?)? = nil
) -> LogTree {
    LogTree(
        folder: folder, store: store, seed: keyFile.logSeed, origin: origin,
        signedAs: remembers ? keyFile.signedAs : nil,
        recordSigned: { if remembers { try keyFile.recordSigned(as: $0) } }, every: .zero, interrupt: interrupt,
        notice: { _ in })
}

extension [UInt8] {
    func flipping(bit: Int) -> [UInt8] {
        var copy = self
        copy[bit / 8] ^= 1 << (bit % 8)
        return copy
    }
}
