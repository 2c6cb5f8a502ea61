import CZstd

/// Unpacks cores as they are stored: the number of a dictionary, then a zstd frame without its magic number. A core that is
/// stored as it is begins with a byte of 0x80 or more. Belongs to one thread.
///
/// Source: RFC 8878 (February 2021).
final class StoredCores {
    private let context: OpaquePointer
    private var dictionaries: [UInt8: OpaquePointer] = [:]
    private static let mostBytes = 16 << 20

    init(_ dictionaries: [UInt8: [UInt8]]) throws {
        guard let context = ZSTD_createDCtx() else { throw LogVerification.Problem.cannot("there is no memory left") }
        self.context = context
        self.dictionaries = dictionaries.compactMapValues { ZSTD_createDDict($0, $0.count) }
    }

    deinit {
        for dictionary in dictionaries.values { ZSTD_freeDDict(dictionary) }
        ZSTD_freeDCtx(context)
    }

    /// What cannot be unpacked is given as it is stored: it is no core, and the audit says so.
    func unpack(_ stored: [UInt8]) -> [UInt8] {
        guard let first = stored.first, first < 0x80, let dictionary = dictionaries[first] else { return stored }
        let frame = [0x28, 0xB5, 0x2F, 0xFD] + stored.dropFirst()
        let size = ZSTD_getFrameContentSize(frame, frame.count)
        guard size <= StoredCores.mostBytes else { return stored }
        let core = [UInt8](unsafeUninitializedCapacity: Int(size)) { buffer, count in
            let length = ZSTD_decompress_usingDDict(
                context, buffer.baseAddress, Int(size), frame, frame.count, dictionary)
            count = ZSTD_isError(length) == 0 ? length : 0
        }
        return core.count == Int(size) ? core : stored
    }
}
