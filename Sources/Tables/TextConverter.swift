import Glibc

/// Turns a text of another encoding into UTF-8, chunk by chunk, with the converters of the C library.
final class TextConverter {
    private let handle: iconv_t
    private let output = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 17, alignment: 16)
    /// The start of a character whose end is in the next chunk.
    private var rest: [UInt8] = []
    /// Bytes of the text taken so far.
    private(set) var taken = 0

    init(_ encoding: TextEncoding) throws(TableFault) {
        guard let handle = iconv_open("UTF-8", encoding.libraryName), Int(bitPattern: handle) != -1 else {
            throw .missingConverter(encoding)
        }
        self.handle = handle
    }

    deinit {
        iconv_close(handle)
        output.deallocate()
    }

    /// Whether the text ends in the middle of a character.
    var isUnfinished: Bool { !rest.isEmpty }

    /// Converts a chunk and hands the text out in pieces; false where a character at ``taken`` is not valid.
    func convert(_ chunk: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void) throws -> Bool {
        var chunk = chunk
        // No character is longer than eight bytes; a few more hold whole ones behind it.
        while !rest.isEmpty, !chunk.isEmpty {
            let added = chunk.prefix(16)
            let joined = rest + added
            let kept = rest.count
            rest = []
            let (used, isValid) = try joined.withUnsafeBytes { try step($0, body) }
            guard isValid else { return false }
            if used < kept {
                rest = joined
                chunk = UnsafeRawBufferPointer(rebasing: chunk[added.endIndex...])
            } else {
                chunk = UnsafeRawBufferPointer(rebasing: chunk[(used - kept)...])
            }
        }
        guard !chunk.isEmpty else { return true }
        let (used, isValid) = try step(chunk, body)
        if isValid { rest = Array(chunk[used...]) }
        return isValid
    }

    /// Converts what is whole; gives how much that was.
    private func step(
        _ bytes: UnsafeRawBufferPointer, _ body: (UnsafeRawBufferPointer) throws -> Void
    ) throws -> (used: Int, isValid: Bool) {
        // The library takes a pointer to changeable bytes and does not change them.
        var next = UnsafeMutablePointer(mutating: bytes.baseAddress?.assumingMemoryBound(to: CChar.self))
        var left = bytes.count
        while left > 0 {
            var out = output.baseAddress?.assumingMemoryBound(to: CChar.self)
            var room = output.count
            let before = left
            let result = iconv(handle, &next, &left, &out, &room)
            let code = errno
            taken += before - left
            if room < output.count { try body(UnsafeRawBufferPointer(rebasing: output[..<(output.count - room)])) }
            if result == -1 {
                if code == E2BIG { continue }
                return (bytes.count - left, code == EINVAL)
            }
        }
        return (bytes.count, true)
    }
}
