/// What may have changed since a subscriber last looked. It says where to look again, not what is there: many changes
/// become one, so a slow subscriber costs nothing and still misses nothing.
package struct LibraryChange: Hashable, Sendable {
    /// Photos came, went or got other names or facts.
    package var photos: Bool
    /// Albums came, went, got other names or other photos.
    package var albums: Bool
    /// Groups came, went, got other names, members or schedules.
    package var groups: Bool
    /// Displays whose record changed, the removed ones included. Bounded by the number of displays.
    package var displays: Set<String>
    /// ``PhotoLibrary/displaysToPublish()`` or ``PhotoLibrary/displaysToRetire()`` may have something.
    package var publishing: Bool

    package init(
        photos: Bool = false, albums: Bool = false, groups: Bool = false, displays: Set<String> = [],
        publishing: Bool = false
    ) {
        self.photos = photos
        self.albums = albums
        self.groups = groups
        self.displays = displays
        self.publishing = publishing
    }

    package var isEmpty: Bool {
        !self.photos && !self.albums && !self.groups && self.displays.isEmpty && !self.publishing
    }

    package mutating func merge(_ other: LibraryChange) {
        self.photos = self.photos || other.photos
        self.albums = self.albums || other.albums
        self.groups = self.groups || other.groups
        self.displays.formUnion(other.displays)
        self.publishing = self.publishing || other.publishing
    }
}
