/// What a worker process may use. The defaults were measured: less than 800 MB of addresses crashes good HEIC files.
package struct RenditionLimits: Codable, Hashable, Sendable {
    /// Pixels that are decoded at most. Taken from the header, before anything is decoded.
    package var pixels: Int
    /// The same for files whose decoder needs all pixels in memory at once: progressive JPEG, interlaced PNG, HEIC, AVIF, WebP.
    package var pixelsWhole: Int
    /// From this many pixels on a job runs alone.
    package var pixelsGiant: Int
    /// Address space of the process, in bytes (RLIMIT_AS).
    package var addressSpaceBytes: UInt64
    /// Wall time of a job, in seconds; then the process is killed.
    package var wallTimeSeconds: Int
    /// Size of any file it writes, in bytes (RLIMIT_FSIZE).
    package var outputBytes: UInt64

    package init(
        pixels: Int = 150_000_000, pixelsWhole: Int = 50_000_000, pixelsGiant: Int = 60_000_000,
        addressSpaceBytes: UInt64 = 800 << 20, wallTimeSeconds: Int = 60, outputBytes: UInt64 = 256 << 20
    ) {
        self.pixels = pixels
        self.pixelsWhole = pixelsWhole
        self.pixelsGiant = pixelsGiant
        self.addressSpaceBytes = addressSpaceBytes
        self.wallTimeSeconds = wallTimeSeconds
        self.outputBytes = outputBytes
    }
}
