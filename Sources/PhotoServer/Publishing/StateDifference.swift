import DisplayChannel

/// What has to be put so that a display's state keys say what they should. Pure.
struct StateDifference: Equatable {
    /// The topics to put, all in one transaction. Empty when nothing differs.
    let topics: Set<Topic>

    /// Compares what is with what should be, byte by byte: both sides are canonical JSON of this server's own writing.
    ///
    /// `playlist` and `images` are always put together: a display follows `images` when that is the newer of the two,
    /// so one revision must hold both.
    init(desired: [Topic: ValueDigest], present: MediatorState) {
        let entries = present.entries
        var topics = Set(desired.keys.filter { $0.isState && entries[$0]?.digest != desired[$0] })
        let isListSplit =
            (entries[.images]?.modRevision ?? 0) > (entries[.playlist]?.modRevision ?? 0)
            || topics.contains(.images) || topics.contains(.playlist)
        // An older display has only one of the two.
        if isListSplit, desired[.playlist] != nil { topics.formUnion([.images, .playlist]) }
        self.topics = topics
    }

    var isEmpty: Bool { self.topics.isEmpty }
}
