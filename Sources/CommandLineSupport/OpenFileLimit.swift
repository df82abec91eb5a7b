#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// How many files and connections this process may have open.
package enum OpenFileLimit {
    /// Raises it to what the system lets this user have: the usual 1,024 are fewer than a fleet has displays.
    package static func raise() {
        var limit = rlimit()
        #if canImport(Glibc)
            let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        #else
            let resource = RLIMIT_NOFILE
        #endif
        guard getrlimit(resource, &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        // If it stays as it was, connections beyond it are refused, as they would be without trying.
        _ = setrlimit(resource, &limit)
    }
}
