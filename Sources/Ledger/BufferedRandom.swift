import Crypto
import FoundationEssentials

/// The system's random numbers, fetched four kilobytes at a time: one system call for hundreds of draws.
public struct BufferedRandom: RandomNumberGenerator, Sendable {
    private var words: [UInt64] = []

    public init() {}

    public mutating func next() -> UInt64 {
        if words.isEmpty {
            let bytes = SymmetricKey(size: SymmetricKeySize(bitCount: 32_768))
            words = bytes.withUnsafeBytes { buffer in Array(buffer.bindMemory(to: UInt64.self)) }
        }
        return words.removeLast()
    }
}
