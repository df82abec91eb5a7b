import Foundation

/// What one run of puts gave, of whichever client; a line of JSON between the processes. Times in seconds.
struct LoadReport: Codable {
    let calls: Int
    let seconds: Double
    /// Of the client's process, in user space and in the kernel.
    let cpuSeconds: Double?
    let mean: Double
    let p50: Double?
    let p99: Double?

    var rate: Double { Double(self.calls) / self.seconds }
    var cpuMicroseconds: Double { (self.cpuSeconds ?? .nan) / Double(self.calls) * 1e6 }
    var meanMicroseconds: Double { self.mean * 1e6 }
}

/// Nanoseconds of a clock that never goes back.
func monotonicNanoseconds() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
}

/// Seconds of CPU this process has used.
func ownCPUSeconds() -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// Resident memory of this process that is not a mapped file, in bytes.
func ownAnonymousBytes() throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    for line in text.split(separator: "\n") where line.hasPrefix("RssAnon:") {
        let words = line.split(whereSeparator: \.isWhitespace)
        if words.count > 1, let kibibytes = Int(words[1]) { return kibibytes << 10 }
    }
    throw CocoaError(.fileReadCorruptFile)
}
