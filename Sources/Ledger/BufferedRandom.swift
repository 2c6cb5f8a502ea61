#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The system's random numbers, fetched four kilobytes at a time: one system call for hundreds of draws.
///
/// Source: getrandom(2), which hands out fewer bytes than asked only when it is interrupted.
public struct BufferedRandom: RandomNumberGenerator, Sendable {
    private var words: [UInt64] = []

    public init() {}

    public mutating func next() -> UInt64 {
        if words.isEmpty { refill() }
        return words.removeLast()
    }

    private mutating func refill() {
        words = [UInt64](unsafeUninitializedCapacity: 512) { buffer, count in
            if let base = buffer.baseAddress { arc4random_buf(UnsafeMutableRawPointer(base), buffer.count * 8) }
            count = 512
        }
    }
}
