import CMalloc

/// Lets the allocator keep what was freed: under load it would else give pages back and ask for them again, one system
/// call for every second decision. The service's memory stays at its peak, some hundred megabytes.
///
/// Source: mallopt(3). To be called before threads are started.
func keepFreedMemory() {
    // Set by hand, the limit for mappings is no longer adjusted; uploads and indexes are larger than this.
    mallopt(M_MMAP_THRESHOLD, 4 << 20)
    mallopt(M_TRIM_THRESHOLD, 512 << 20)
    mallopt(M_TOP_PAD, 16 << 20)
}
