#if canImport(Glibc)
    import Glibc
#endif

/// How the C library asks for the addresses of names.
enum NameServers {
    /// Has it ask again each second, for five seconds. Its own habit is to wait five before it asks a second time: a display
    /// whose network has just come back would wait with it. Who has set `RES_OPTIONS` (see `resolv.conf(5)`) knows better.
    ///
    /// Call it before there is a second thread.
    static func askAgainSoon() { setenv("RES_OPTIONS", "timeout:1 attempts:5", 0) }
}
