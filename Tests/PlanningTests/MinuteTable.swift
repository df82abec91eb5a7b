import Glibc
import Planning
import Synchronization

/// The wall clock of a place minute by minute, as the C library tells it: slow, obvious, and another's work.
struct MinuteTable: Sendable {
    /// Minutes since 1970-01-01 00:00 UTC.
    let start: Int
    /// What the clock shows, in minutes since its own 1970-01-01 00:00.
    let local: [Int]

    private static let environment = Mutex(())

    init(zone: String, start: Int, count: Int) {
        self.start = start
        self.local = Self.environment.withLock { _ in
            setenv("TZ", zone, 1)
            tzset()
            defer {
                unsetenv("TZ")
                tzset()
            }
            return (start..<(start + count)).map { minute in
                var time = time_t(minute * 60)
                var parts = tm()
                localtime_r(&time, &parts)
                return minute + parts.tm_gmtoff / 60
            }
        }
    }

    /// The first minute at which the clock shows `wanted` or later.
    func firstMinute(showing wanted: Int) -> Int? {
        // No clock is more than 14 hours ahead; one more for safety.
        var index = max(0, wanted - 15 * 60 - self.start)
        return self.local.withUnsafeBufferPointer { local in
            while index < local.count {
                if local[index] >= wanted { return self.start + index }
                index += 1
            }
            return nil
        }
    }
}
