import CZstd

/// A zstd file of one or several frames. Source: RFC 8878 (February 2021).
final class ZstdSource: ByteSource {
    private let source: any ByteSource
    private let stream: OpaquePointer
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: ZSTD_DStreamInSize(), alignment: 16)
    private var waiting = ZSTD_inBuffer(src: nil, size: 0, pos: 0)
    private var taken = 0
    private var growth = GrowthLimit()
    private var isInsideFrame = false
    private var isFull = false

    init(_ source: any ByteSource) {
        self.source = source
        guard let stream = ZSTD_createDStream() else { fatalError("out of memory for decompression") }
        ZSTD_DCtx_setParameter(stream, ZSTD_d_windowLogMax, Int32(TableLimits.zstdWindowLog))
        self.stream = stream
    }

    deinit {
        ZSTD_freeDStream(stream)
        input.deallocate()
    }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TableFault) -> Int {
        while true {
            // A full buffer may have left bytes inside the library.
            if waiting.pos == waiting.size, !isFull {
                let count = try source.read(into: input)
                guard count > 0 else {
                    if isInsideFrame { throw .truncated("zstd") }
                    return 0
                }
                waiting = ZSTD_inBuffer(src: input.baseAddress, size: count, pos: 0)
                taken += count
            }
            var out = ZSTD_outBuffer(dst: buffer.baseAddress, size: buffer.count, pos: 0)
            let code = ZSTD_decompressStream(stream, &out, &waiting)
            guard ZSTD_isError(code) == 0 else {
                throw .damaged("zstd", reason: String(cString: ZSTD_getErrorName(code)).lowercased())
            }
            isInsideFrame = code != 0
            isFull = isInsideFrame && out.pos == out.size
            try growth.count(out.pos, of: taken)
            if out.pos > 0 { return out.pos }
        }
    }
}
