import CZlib

/// One running decompression of zlib.
final class Inflater {
    enum Step { case more, end }

    // The library keeps a pointer to it, so it must not move.
    private let stream = UnsafeMutablePointer<z_stream>.allocate(capacity: 1)
    private let input = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    private let source: any ByteSource
    /// As errors call it.
    private let what: String
    /// Compressed bytes taken so far, those waiting included.
    private(set) var taken = 0

    /// - Parameter windowBits: -15 for bare deflate, 31 for gzip with its header and checksum.
    init(_ source: any ByteSource, windowBits: Int32, what: String) {
        self.source = source
        self.what = what
        stream.initialize(to: z_stream())
        let code = inflateInit2_(stream, windowBits, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard code == Z_OK else { fatalError("out of memory for decompression") }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
        input.deallocate()
    }

    /// Bytes that were read and belong to no stream.
    var waiting: UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: stream.pointee.next_in, count: Int(stream.pointee.avail_in))
    }

    /// Reads more of the source where nothing waits; false at its end.
    func refill() throws(TableFault) -> Bool {
        if stream.pointee.avail_in > 0 { return true }
        let count = try source.read(into: input)
        stream.pointee.next_in = input.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_in = UInt32(count)
        taken += count
        return count > 0
    }

    /// Drops what waits.
    func skip() { stream.pointee.avail_in = 0 }

    /// Begins the next stream of the same kind.
    func reset() { inflateReset(stream) }

    /// Puts bytes at the start of the buffer, perhaps none.
    func step(into buffer: UnsafeMutableRawBufferPointer) throws(TableFault) -> (count: Int, Step) {
        guard try refill() else { throw .truncated(what) }
        let room = UInt32(min(buffer.count, 1 << 30))
        stream.pointee.next_out = buffer.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = room
        let code = inflate(stream, Z_NO_FLUSH)
        let count = Int(room - stream.pointee.avail_out)
        switch code {
        case Z_OK, Z_BUF_ERROR: return (count, .more)
        case Z_STREAM_END: return (count, .end)
        case Z_MEM_ERROR: fatalError("out of memory for decompression")
        default:
            throw .damaged(what, reason: stream.pointee.msg.map { String(cString: $0) } ?? "it needs a dictionary")
        }
    }
}

/// Refuses what grows beyond measure.
struct GrowthLimit {
    private var out = 0

    mutating func count(_ bytes: Int, of taken: Int) throws(TableFault) {
        out += bytes
        if out > TableLimits.longestText { throw .tooLong(limit: TableLimits.longestText) }
        if out > TableLimits.ratioGrace, out / TableLimits.greatestRatio > taken {
            throw .bomb(ratio: TableLimits.greatestRatio)
        }
    }
}

/// A gzip file of one or several members. Source: RFC 1952 (May 1996).
final class GzipSource: ByteSource {
    private let inflater: Inflater
    private var growth = GrowthLimit()
    private var isBetween = false
    private var isDone = false

    init(_ source: any ByteSource) { inflater = Inflater(source, windowBits: 31, what: "gzip") }

    func read(into buffer: UnsafeMutableRawBufferPointer) throws(TableFault) -> Int {
        while !isDone {
            if isBetween {
                guard try beginsAnother() else { break }
                inflater.reset()
                isBetween = false
            }
            let (count, step) = try inflater.step(into: buffer)
            isBetween = step == .end
            try growth.count(count, of: inflater.taken)
            if count > 0 { return count }
        }
        isDone = true
        return 0
    }

    /// Whether another member follows. Zeros may: tapes and some programs fill their blocks with them.
    private func beginsAnother() throws(TableFault) -> Bool {
        var sawZeros = false
        while try inflater.refill() {
            if inflater.waiting.first != 0, !sawZeros {
                guard inflater.waiting.first == 0x1F else { break }
                return true
            }
            sawZeros = true
            guard inflater.waiting.allSatisfy({ $0 == 0 }) else { break }
            inflater.skip()
        }
        guard inflater.waiting.isEmpty else { throw .damaged("gzip", reason: "other data follows its end") }
        return false
    }
}
