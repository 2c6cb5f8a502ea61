import CRoaring

/// A frozen bitmap in mapped memory. Whoever makes one frees it, before the mapping ends.
struct BitmapView {
    /// The numbers of the bitmap are the low halves of numbers with this high half.
    let high: UInt32
    let count: Int
    let raw: UnsafePointer<roaring_bitmap_t>
    private let table: roaring_array_t

    /// Nil where the bytes are no frozen bitmap.
    ///
    /// - Parameter directory: That of the same bytes; having one, they can be read without harm.
    init?(high: UInt32, frozen bytes: UnsafeRawBufferPointer, _ directory: FrozenDirectory) {
        guard let start = bytes.baseAddress,
            let raw = roaring_bitmap_frozen_view(start.assumingMemoryBound(to: CChar.self), bytes.count)
        else { return nil }
        self.high = high
        self.raw = raw
        table = raw.pointee.high_low_container
        count = directory.count
    }

    /// The library halves an array eleven times, and each step waits for memory. The numbers of a large list are spread
    /// evenly enough that a look at the place where one would stand comes close.
    func contains(_ number: UInt32) -> Bool {
        let key = Int(number >> 16)
        let size = Int(table.size)
        let (least, greatest) = (Int(table.keys[0]), Int(table.keys[size - 1]))
        guard least <= key, key <= greatest,
            let place = self.place(of: key, in: table.keys, size, from: least, span: greatest - least + 1)
        else { return false }
        guard table.typecodes[place] == FrozenDirectory.Kind.array.rawValue, let container = table.containers[place]
        else {
            return roaring_bitmap_contains(raw, number)
        }
        // As in `FrozenForm`: a 32-bit count, then in the second word the pointer to the data.
        let length = Int(container.load(as: Int32.self))
        let values = container.load(fromByteOffset: 8, as: UnsafePointer<UInt16>.self)
        let low = Int(number & 0xFFFF)
        return self.place(of: low, in: values, length, from: 0, span: 65_536) != nil
    }

    /// Guesses where the value would stand, once more from what stands there, and goes on in steps that double.
    ///
    /// - Parameters:
    ///   - least: The values begin here; the one sought is no smaller.
    ///   - span: And lie within so many; the one sought too.
    private func place(
        of value: Int, in values: UnsafePointer<UInt16>, _ count: Int, from least: Int, span: Int
    ) -> Int? {
        let first = (value - least) * count / span
        let guess = min(max(first + (value - Int(values[first])) * count / span, 0), count - 1)
        // The value stands at `low` or later, and before `high`, if at all.
        var low = 0
        var high = count
        var step = 8
        if Int(values[guess]) <= value {
            low = guess
            while low + step < count {
                guard Int(values[low + step]) <= value else {
                    high = low + step
                    break
                }
                low += step
                step *= 2
            }
        } else {
            high = guess
            while high - step > 0 {
                guard Int(values[high - step]) > value else {
                    low = high - step
                    break
                }
                high -= step
                step *= 2
            }
        }
        while low < high {
            let middle = (low + high) / 2
            if Int(values[middle]) < value { low = middle + 1 } else { high = middle }
        }
        return low < count && Int(values[low]) == value ? low : nil
    }

    var first: UInt32 { roaring_bitmap_minimum(raw) }
    var last: UInt32 { roaring_bitmap_maximum(raw) }
    /// Every number of it, ascending; a list that is known to be short.
    var numbers: [UInt32] {
        [UInt32](unsafeUninitializedCapacity: count) { buffer, filled in
            roaring_bitmap_to_uint32_array(raw, buffer.baseAddress)
            filled = count
        }
    }

    func countCommon(with other: BitmapView) -> Int { Int(roaring_bitmap_and_cardinality(raw, other.raw)) }
    func isSubset(of other: BitmapView) -> Bool { roaring_bitmap_is_subset(raw, other.raw) }
    func free() { roaring_bitmap_free(raw) }
}
