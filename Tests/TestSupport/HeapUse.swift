import CSys

/// What this process has allocated and not freed: unlike its resident memory, this does not count what the allocator keeps.
package enum HeapUse {
    /// In bytes. Some chunks that threads keep for their next allocation are counted, a few kilobytes a thread.
    package static var liveBytes: Int { Int(csys_live_heap_bytes()) }
}
