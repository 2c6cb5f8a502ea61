/// A growing set of E.164 numbers: one 32-bit bitmap for each value of their high half.
struct NumberSet {
    private(set) var bitmaps: [UInt32: Bitmap] = [:]
    private var pending: [UInt64] = []

    /// Numbers are sorted in batches before they enter a bitmap: random inserts would move whole containers each time.
    private static let batch = 1 << 20

    mutating func insert(_ digits: UInt64) {
        pending.append(digits)
        if pending.count == Self.batch { flush() }
    }

    /// Must be called before anything is read.
    mutating func flush() {
        guard !pending.isEmpty else { return }
        pending.sort()
        var lows: [UInt32] = []
        lows.reserveCapacity(pending.count)
        var high = UInt32(truncatingIfNeeded: pending[0] >> 32)
        for digits in pending {
            let next = UInt32(truncatingIfNeeded: digits >> 32)
            if next != high {
                bitmap(high).add(lows)
                lows.removeAll(keepingCapacity: true)
                high = next
            }
            lows.append(UInt32(truncatingIfNeeded: digits))
        }
        bitmap(high).add(lows)
        pending.removeAll(keepingCapacity: true)
    }

    /// Takes numbers out again.
    ///
    /// - Parameter sorted: In rising order.
    mutating func remove(_ sorted: [UInt64]) {
        flush()
        var start = 0
        while start < sorted.count {
            let high = UInt32(truncatingIfNeeded: sorted[start] >> 32)
            let end = sorted[start...].firstIndex { UInt32(truncatingIfNeeded: $0 >> 32) != high } ?? sorted.count
            bitmaps[high]?.remove(sorted[start..<end].map { UInt32(truncatingIfNeeded: $0) })
            if bitmaps[high]?.count == 0 { bitmaps[high] = nil }
            start = end
        }
    }

    private mutating func bitmap(_ high: UInt32) -> Bitmap {
        if let bitmap = bitmaps[high] { return bitmap }
        let bitmap = Bitmap()
        bitmaps[high] = bitmap
        return bitmap
    }

    func contains(_ digits: UInt64) -> Bool {
        bitmaps[UInt32(truncatingIfNeeded: digits >> 32)]?.contains(UInt32(truncatingIfNeeded: digits)) ?? false
    }

    var isEmpty: Bool { pending.isEmpty && bitmaps.isEmpty }

    var count: Int { bitmaps.values.reduce(0) { $0 + $1.count } }
}
