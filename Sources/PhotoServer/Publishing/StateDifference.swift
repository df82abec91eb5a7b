import DisplayChannel

/// What has to be put so that a display's state keys say what they should. Pure.
struct StateDifference: Equatable {
    /// One state key as the mediator has it.
    struct Entry: Equatable {
        var json: [UInt8]
        var modRevision: Int64
    }

    /// The values to put, all in one transaction. Empty when nothing differs.
    let puts: [Topic: [UInt8]]

    /// Compares what is with what should be, byte by byte: both sides are canonical JSON of this server's own writing.
    ///
    /// `playlist` and `images` are always put together: a display follows `images` when that is the newer of the two,
    /// so one revision must hold both.
    init(desired: [Topic: [UInt8]], present: [Topic: Entry]) {
        var puts = desired.filter { $0.key.isState && present[$0.key]?.json != $0.value }
        let isListSplit =
            (present[.images]?.modRevision ?? 0) > (present[.playlist]?.modRevision ?? 0)
            || puts[.images] != nil || puts[.playlist] != nil
        // An older display has only one of the two.
        if isListSplit, desired[.playlist] != nil {
            puts[.images] = desired[.images]
            puts[.playlist] = desired[.playlist]
        }
        self.puts = puts
    }

    var isEmpty: Bool { self.puts.isEmpty }
}
