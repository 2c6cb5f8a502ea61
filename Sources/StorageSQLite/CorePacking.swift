import CZstd
import Foundation
import GRDB
import Ledger
import Storage
import Synchronization

/// Entry cores as they are stored: packed with a dictionary that was learned from the log's own cores, which name no person.
///
/// A stored core whose first byte has its highest bit set is as it is: a core begins with the head of an array. Any other
/// begins with the dictionary's number; behind it stands a zstd frame without its magic number.
/// Source: RFC 8878 (February 2021).
final class CorePacking: Sendable {
    /// What is packed and unpacked with. The library changes neither after they are made.
    private final class Dictionary: @unchecked Sendable {
        let number: UInt8
        let packing: OpaquePointer
        let unpacking: OpaquePointer

        init(_ number: UInt8, _ bytes: [UInt8]) {
            // Level −1: the bytes that repeat are in the dictionary, so that a longer search finds little more.
            guard let packing = ZSTD_createCDict(bytes, bytes.count, -1),
                let unpacking = ZSTD_createDDict(bytes, bytes.count)
            else { fatalError("out of memory for packing") }
            (self.number, self.packing, self.unpacking) = (number, packing, unpacking)
        }

        deinit {
            ZSTD_freeCDict(packing)
            ZSTD_freeDDict(unpacking)
        }
    }

    private struct Packer {
        let context: OpaquePointer
        var dictionary: Dictionary?
    }

    private struct Unpacker {
        let context: OpaquePointer
        var dictionaries: [UInt8: Dictionary] = [:]
    }

    private let packer: Mutex<Packer>
    private let unpacker: Mutex<Unpacker>
    private static let magic: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD]
    private static let mostBytes = 16 << 20
    /// From so many decisions and outcomes a dictionary is learned.
    private static let samples = 4096
    private static let dictionaryBytes = 16_384

    init() {
        guard let packing = ZSTD_createCCtx(), let unpacking = ZSTD_createDCtx() else {
            fatalError("out of memory for packing")
        }
        ZSTD_CCtx_setParameter(packing, ZSTD_c_dictIDFlag, 0)
        packer = Mutex(Packer(context: packing))
        unpacker = Mutex(Unpacker(context: unpacking))
    }

    deinit {
        packer.withLock { _ = ZSTD_freeCCtx($0.context) }
        unpacker.withLock { _ = ZSTD_freeDCtx($0.context) }
    }

    /// The core as it is to be stored; as it is where there is no dictionary yet. O(length).
    func pack(_ core: [UInt8]) -> Data {
        packer.withLock { packer in
            guard let dictionary = packer.dictionary else { return Data(core) }
            var packed = Data(count: ZSTD_compressBound(core.count))
            let length = packed.withUnsafeMutableBytes { packed in
                ZSTD_CCtx_refCDict(packer.context, dictionary.packing)
                return ZSTD_compress2(packer.context, packed.baseAddress, packed.count, core, core.count)
            }
            // The number takes the place of the magic number's last byte.
            guard ZSTD_isError(length) == 0, length - 3 < core.count else { return Data(core) }
            packed.replaceSubrange(0..<4, with: CollectionOfOne(dictionary.number))
            return packed.prefix(length - 3)
        }
    }

    /// - Parameter log: Where a dictionary is looked for that is not known yet.
    /// - Throws: ``StorageError/damaged(_:)`` for what was not packed so.
    func unpack(_ stored: UnsafeRawBufferPointer, _ log: Database) throws -> [UInt8] {
        guard let first = stored.first, first < 0x80 else { return Array(stored) }
        return try unpacker.withLock { unpacker in
            if unpacker.dictionaries[first] == nil {
                for (number, bytes) in try CorePacking.dictionaries(log) {
                    unpacker.dictionaries[number] = Dictionary(number, bytes)
                }
            }
            guard let dictionary = unpacker.dictionaries[first] else {
                throw StorageError.damaged("a core is packed with dictionary \(first), which is not there")
            }
            let frame = CorePacking.magic + stored.dropFirst()
            let size = ZSTD_getFrameContentSize(frame, frame.count)
            guard size <= CorePacking.mostBytes else { throw StorageError.damaged("a packed core has no length") }
            let core = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
                let length = ZSTD_decompress_usingDDict(
                    unpacker.context, buffer.baseAddress, Int(size), frame, frame.count, dictionary.unpacking)
                count = ZSTD_isError(length) == 0 ? length : 0
            }
            guard core.count == Int(size) else { throw StorageError.damaged("a packed core cannot be unpacked") }
            return core
        }
    }

    // MARK: Dictionaries

    private static func dictionaries(_ log: Database) throws -> [(number: UInt8, bytes: [UInt8])] {
        try Row.fetchAll(log, sql: "SELECT id, bytes FROM dictionary WHERE id BETWEEN 1 AND 127 ORDER BY id").map {
            row in
            (UInt8(row[0] as Int), [UInt8](row[1] as Data))
        }
    }

    /// Packs with the log's dictionary from now on, where it has one.
    func take(_ log: Database) throws {
        guard let (number, bytes) = try CorePacking.dictionaries(log).last else { return }
        packer.withLock { $0.dictionary = Dictionary(number, bytes) }
    }

    /// Learns a dictionary where there is none and the log is long enough. Blocks.
    func learn(from log: some DatabaseReader, into writer: DatabaseQueue) throws {
        guard packer.withLock({ $0.dictionary == nil }) else { return }
        let cores = try log.read { log -> [[UInt8]] in
            guard try CorePacking.dictionaries(log).isEmpty else { return [] }
            let head = try Int64.fetchOne(log, sql: "SELECT max(sequence) FROM entry") ?? 0
            guard head >= CorePacking.samples else { return [] }
            return try Data.fetchAll(
                log, sql: "SELECT core FROM entry WHERE kind IN (?, ?, ?) ORDER BY sequence DESC LIMIT ?",
                arguments: [
                    EntryKind.allow.rawValue, EntryKind.deny.rawValue, EntryKind.outcome.rawValue, CorePacking.samples,
                ]
            ).map { [UInt8]($0) }
        }
        if cores.count >= CorePacking.samples / 2, let bytes = CorePacking.dictionary(of: cores) {
            // Another process may come first; its dictionary is taken then.
            try writer.write { log in
                try log.execute(sql: "INSERT OR IGNORE INTO dictionary VALUES (1, ?)", arguments: [Data(bytes)])
            }
        }
        try log.read { try take($0) }
    }

    private static func dictionary(of cores: [[UInt8]]) -> [UInt8]? {
        let sizes = cores.map(\.count)
        let dictionary = [UInt8](unsafeUninitializedCapacity: dictionaryBytes) { buffer, count in
            let length = ZDICT_trainFromBuffer(
                buffer.baseAddress, dictionaryBytes, Array(cores.joined()), sizes, UInt32(sizes.count))
            count = ZDICT_isError(length) == 0 ? length : 0
        }
        return dictionary.isEmpty ? nil : dictionary
    }
}
