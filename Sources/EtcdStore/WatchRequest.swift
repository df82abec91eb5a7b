/// Names one gRPC watch stream, on which a client has any number of watches.
package struct WatchStreamID: Hashable, Comparable, Sendable {
    package let number: UInt64

    package init(_ number: UInt64) { self.number = number }

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.number < rhs.number }
}

/// A wish to be told of changes: etcd's `WatchCreateRequest`.
package struct WatchRequest: Sendable {
    package var range: KeyRange
    /// The first revision to hear of; 0 means "from now on".
    package var startRevision: Revision
    /// The number the client wants for the watch; 0 lets the stream choose.
    package var watchID: Int64
    package var wantsPrevious: Bool
    package var wantsProgress: Bool
    package var wantsFragments: Bool
    package var skipsPuts: Bool
    package var skipsDeletes: Bool

    package init(
        _ range: KeyRange, startRevision: Revision = Revision(0), watchID: Int64 = 0, wantsPrevious: Bool = false,
        wantsProgress: Bool = false, wantsFragments: Bool = false, skipsPuts: Bool = false, skipsDeletes: Bool = false
    ) {
        self.range = range
        self.startRevision = startRevision
        self.watchID = watchID
        self.wantsPrevious = wantsPrevious
        self.wantsProgress = wantsProgress
        self.wantsFragments = wantsFragments
        self.skipsPuts = skipsPuts
        self.skipsDeletes = skipsDeletes
    }

    func wants(_ change: KeyVersion) -> Bool { change.isTombstone ? !self.skipsDeletes : !self.skipsPuts }
}

/// One change, and what the key was before it if the watch asked for that.
package struct WatchEvent: Sendable {
    package let change: KeyVersion
    package let previous: KeyVersion?

    var cost: Int { self.change.cost + (self.previous?.cost ?? 0) }
}

/// What a watch stream sends.
package struct WatchResponse: Sendable {
    package enum Content: Sendable {
        case created
        /// The watch was never made.
        case refused(reason: String)
        /// Whole revisions, unless `isFragment` says that the rest of the last one follows.
        case events(WatchEvents, isFragment: Bool)
        /// Everything up to the header's revision has been sent.
        case progress
        case canceled
        /// The watch has ended, as the revisions it still had to send are compacted.
        case compacted(Revision)
    }

    /// The watch this is about; −1 is every watch of the stream, or one that was never made.
    package let watchID: Int64
    package let headerRevision: Revision
    package let content: Content

    package static var everyWatch: Int64 { -1 }

    var cost: Int {
        guard case .events(let events, _) = self.content else { return 64 }
        return 64 + events.cost
    }
}
