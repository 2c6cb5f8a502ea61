import CRoaring

/// A growing set of 32-bit numbers.
final class Bitmap {
    let raw: UnsafeMutablePointer<roaring_bitmap_t>

    init() { raw = Bitmap.unwrapped(roaring_bitmap_create()) }

    private init(taking raw: UnsafeMutablePointer<roaring_bitmap_t>?) { self.raw = Bitmap.unwrapped(raw) }

    deinit { roaring_bitmap_free(raw) }

    /// Adds numbers; quickest where neighbours stand together.
    func add(_ numbers: [UInt32]) { roaring_bitmap_add_many(raw, numbers.count, numbers) }

    /// Adds what another holds.
    func add(_ other: BitmapView) { roaring_bitmap_or_inplace(raw, other.raw) }

    func remove(_ numbers: [UInt32]) { roaring_bitmap_remove_many(raw, numbers.count, numbers) }

    func contains(_ number: UInt32) -> Bool { roaring_bitmap_contains(raw, number) }

    var count: Int { Int(roaring_bitmap_get_cardinality(raw)) }
    var first: UInt32 { roaring_bitmap_minimum(raw) }
    var last: UInt32 { roaring_bitmap_maximum(raw) }

    /// Gives runs and arrays their smallest form; needed once, before freezing.
    func compact() {
        roaring_bitmap_run_optimize(raw)
        roaring_bitmap_shrink_to_fit(raw)
    }

    /// Length of the frozen form in bytes.
    var frozenLength: Int { roaring_bitmap_frozen_size_in_bytes(raw) }

    /// Writes the frozen form.
    ///
    /// - Parameter buffer: ``frozenLength`` bytes long, its start a multiple of 32.
    func freeze(into buffer: UnsafeMutableRawBufferPointer) {
        roaring_bitmap_frozen_serialize(raw, buffer.baseAddress?.assumingMemoryBound(to: CChar.self))
    }

    static func difference(_ a: BitmapView, _ b: BitmapView) -> Bitmap {
        Bitmap(taking: roaring_bitmap_andnot(a.raw, b.raw))
    }

    static func copy(_ a: BitmapView) -> Bitmap { Bitmap(taking: roaring_bitmap_copy(a.raw)) }

    /// The library answers a failed allocation with a null pointer; there is nothing to fall back to.
    private static func unwrapped(
        _ raw: UnsafeMutablePointer<roaring_bitmap_t>?
    ) -> UnsafeMutablePointer<roaring_bitmap_t> {
        guard let raw else { fatalError("out of memory for a list") }
        return raw
    }
}

/// A frozen bitmap in mapped memory. Whoever makes one frees it, before the mapping ends.
struct BitmapView {
    /// The numbers of the bitmap are the low halves of numbers with this high half.
    let high: UInt32
    let count: Int
    let raw: UnsafePointer<roaring_bitmap_t>

    /// Nil where the bytes are no frozen bitmap; nothing but the directory of containers is read.
    init?(high: UInt32, count: Int, frozen bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress,
            let raw = roaring_bitmap_frozen_view(start.assumingMemoryBound(to: CChar.self), bytes.count)
        else { return nil }
        self.high = high
        self.count = count
        self.raw = raw
    }

    func contains(_ number: UInt32) -> Bool { roaring_bitmap_contains(raw, number) }
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
