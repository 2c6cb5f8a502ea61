import GateModel
import Ledger
import Storage

/// A stretch of time in the log.
extension Store {
    /// The places of the entries from an instant on and before another. Entries stand in the order of time, so its ends are
    /// found by halving.
    ///
    /// - Parameters:
    ///   - from: Nil for the beginning of the log.
    ///   - to: Exclusive; nil for its end.
    /// - Complexity: O(log entries) reads.
    func stretch(from: Instant?, to: Instant?) throws -> Range<Int64> {
        let head = try read { try $0.head() }
        let first = try from.map { try self.first(notBefore: $0, head) } ?? 1
        let end = try to.map { try self.first(notBefore: $0, head) } ?? head + 1
        return first..<max(first, end)
    }

    private func first(notBefore instant: Instant, _ head: Int64) throws -> Int64 {
        var (low, high) = (Int64(1), head + 1)
        while low < high {
            let middle = (low + high) / 2
            if try time(of: middle) < instant { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// A damaged entry has no time of its own; the next that can be read stands for it.
    private func time(of sequence: Int64) throws -> Instant {
        var last = sequence - 1
        while let entry = try read({ try $0.entries(after: last, limit: 1).first }) {
            if let core = try? EntryCore(bytes: entry.core) { return core.at }
            last = entry.sequence
        }
        return .distantFuture
    }
}
