/// What an import from the older system did, and what it could not do.
package struct LegacyReport: Sendable, Equatable {
    package var photosAdded = 0
    /// Taken in by an earlier run of the same import.
    package var photosKnown = 0
    /// Images whose file is another image's too: both stand for one photo now.
    package var photosShared = 0
    package var albums = 0
    package var smartAlbums = 0
    package var displays = 0
    package var framesets = 0
    /// One sentence for each thing that is not as it was there.
    package var problems: [String] = []
}
