import Glibc

/// The system's clock, read once.
package enum WallClock {
    /// Nanoseconds since 1970-01-01 00:00 UTC.
    package static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return UInt64(max(time.tv_sec, 0)) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
