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
