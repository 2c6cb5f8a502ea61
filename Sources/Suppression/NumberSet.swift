import Dispatch

/// A growing set of E.164 numbers: one 32-bit bitmap for each value of their high half.
///
/// Whoever inserts hands full batches to a second thread, which sorts them and adds them to the bitmaps: random inserts
/// would move whole containers each time. At most ``mostWaiting`` batches wait, then ``insert(_:)`` blocks.
final class NumberSet {
    private static let batch = 1 << 20
    private static let mostWaiting = 2

    private var pending: [UInt64] = []
    private let sorted = SortedBatches()
    private let queue = DispatchQueue(label: "list-import")
    private let places = DispatchSemaphore(value: mostWaiting)

    @inline(__always)
    func insert(_ digits: UInt64) {
        pending.append(digits)
        if pending.count == Self.batch { handOver() }
    }

    private func handOver() {
        places.wait()
        queue.async { [sorted, places, pending] in
            sorted.add(pending)
            places.signal()
        }
        pending = []
        pending.reserveCapacity(Self.batch)
    }

    /// Must be called before anything is read.
    func flush() {
        queue.sync { [sorted, pending] in
            sorted.add(pending)
            sorted.release()
        }
        pending = []
    }

    /// Takes numbers out again.
    ///
    /// - Parameter numbers: In rising order.
    func remove(_ numbers: [UInt64]) {
        flush()
        queue.sync { [sorted] in sorted.remove(numbers) }
    }

    var bitmaps: [UInt32: Bitmap] { sorted.bitmaps }

    func contains(_ digits: UInt64) -> Bool {
        bitmaps[UInt32(truncatingIfNeeded: digits >> 32)]?.contains(UInt32(truncatingIfNeeded: digits)) ?? false
    }

    var count: Int { bitmaps.values.reduce(0) { $0 + $1.count } }
}

/// The bitmaps of a ``NumberSet``.
///
/// Sendable: the set's serial queue alone adds and removes; its owner reads only after ``NumberSet/flush()``, which waits
/// for the queue, and before the next insert.
private final class SortedBatches: @unchecked Sendable {
    private(set) var bitmaps: [UInt32: Bitmap] = [:]
    private var spare: [UInt64] = []
    private var lows: [UInt32] = []

    func add(_ batch: [UInt64]) {
        var batch = batch
        sort(&batch)
        lows.reserveCapacity(batch.count)
        var place = 0
        while place < batch.count {
            let high = UInt32(truncatingIfNeeded: batch[place] >> 32)
            lows.removeAll(keepingCapacity: true)
            while place < batch.count, UInt32(truncatingIfNeeded: batch[place] >> 32) == high {
                lows.append(UInt32(truncatingIfNeeded: batch[place]))
                place += 1
            }
            bitmap(high).add(lows)
        }
    }

    func remove(_ numbers: [UInt64]) {
        var start = 0
        while start < numbers.count {
            let high = UInt32(truncatingIfNeeded: numbers[start] >> 32)
            let end = numbers[start...].firstIndex { UInt32(truncatingIfNeeded: $0 >> 32) != high } ?? numbers.count
            bitmaps[high]?.remove(numbers[start..<end].map { UInt32(truncatingIfNeeded: $0) })
            if bitmaps[high]?.count == 0 { bitmaps[high] = nil }
            start = end
        }
    }

    /// Gives up the memory that only adding needs.
    func release() {
        spare = []
        lows = []
    }

    private func bitmap(_ high: UInt32) -> Bitmap {
        if let bitmap = bitmaps[high] { return bitmap }
        let bitmap = Bitmap()
        bitmaps[high] = bitmap
        return bitmap
    }

    /// By radix, in as many rounds of 11 bits as the span of the numbers needs: some five times faster than by
    /// comparison. A file in order is left as it is.
    private func sort(_ numbers: inout [UInt64]) {
        var isSorted = true
        var (least, greatest) = (UInt64.max, UInt64.min)
        var last = UInt64.min
        for number in numbers {
            if number < last { isSorted = false }
            last = number
            least = min(least, number)
            greatest = max(greatest, number)
        }
        guard !isSorted else { return }
        if spare.count != numbers.count { spare = [UInt64](repeating: 0, count: numbers.count) }
        for shift in stride(from: 0, to: 64 - (greatest - least).leadingZeroBitCount, by: 11) {
            numbers.withUnsafeBufferPointer { from in
                spare.withUnsafeMutableBufferPointer { into in distribute(from, into, least, shift) }
            }
            swap(&numbers, &spare)
        }
    }

    private func distribute(
        _ from: UnsafeBufferPointer<UInt64>, _ into: UnsafeMutableBufferPointer<UInt64>, _ least: UInt64, _ shift: Int
    ) {
        withUnsafeTemporaryAllocation(of: Int.self, capacity: 2048) { places in
            places.initialize(repeating: 0)
            for number in from { places[Int((number &- least) >> shift & 2047)] += 1 }
            var end = 0
            for index in places.indices {
                let count = places[index]
                places[index] = end
                end += count
            }
            for number in from {
                let digit = Int((number &- least) >> shift & 2047)
                into[places[digit]] = number
                places[digit] += 1
            }
        }
    }
}
