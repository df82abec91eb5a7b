/// What became of a file that was taken in.
package enum IngestOutcome: Sendable {
    /// A new photo.
    case added(Photo)
    /// The library has this very file already, as this photo; it was added to the album all the same.
    case duplicate(Photo)

    package var photo: Photo {
        switch self {
        case .added(let photo), .duplicate(let photo): photo
        }
    }
}

/// The steps of taking a file in, in order. After a crash behind any of them the next start finds the library without
/// the photo or with all of it.
package enum IngestStep: String, CaseIterable, Sendable {
    /// All bytes have been received and are on disk.
    case received
    /// It is noted that files of this content may be without a row.
    case marked
    /// The worker has read it, and its thumbnail is in the cache.
    case examined
    /// The original is in its place, durably.
    case stored
    /// The row is committed. From here on the photo exists.
    case committed
    /// The note is gone.
    case finished
}
