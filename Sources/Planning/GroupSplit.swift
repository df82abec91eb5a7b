/// An album split over the displays of a group: every photo on exactly one of them, as evenly as can be, and kept so
/// with the fewest possible moves. Pure.
package struct GroupSplit<Photo: Hashable & Sendable, Display: Hashable & Sendable>: Sendable {
    /// Each display's photos, in the album's order.
    package private(set) var shares: [Display: [Photo]]

    /// Nobody has anything.
    package init() { self.shares = [:] }

    /// What was split before.
    package init(shares: [Display: [Photo]]) { self.shares = shares }

    /// Splits `photos` over `displays`, leaving each photo where it is as far as that is even.
    ///
    /// The shares' sizes differ by one at most. A photo changes its display only when its display is gone or has more
    /// than its share; no other split that is as even moves fewer.
    ///
    /// - Parameters:
    ///   - photos: In the album's order; a photo named twice counts once.
    ///   - displays: In the group's order; among equals the first gets the odd photo.
    /// - Returns: The photos that moved from one display to another.
    @discardableResult
    package mutating func update(photos: [Photo], displays: [Display]) -> Set<Photo> {
        var seenDisplays: Set<Display> = []
        let displays = displays.filter { seenDisplays.insert($0).inserted }
        var seenPhotos: Set<Photo> = []
        let photos = photos.filter { seenPhotos.insert($0).inserted }
        let old = self.owners()
        guard !displays.isEmpty else {
            self.shares = [:]
            return []
        }
        var owner: [Photo: Display] = [:]
        var counts = Dictionary(uniqueKeysWithValues: displays.map { ($0, 0) })
        for photo in photos {
            guard let display = old[photo], seenDisplays.contains(display) else { continue }
            owner[photo] = display
            counts[display, default: 0] += 1
        }
        let targets = Self.targets(total: photos.count, counts: counts, displays: displays)
        // The last of a share too large go: the first ones are on the screen soonest.
        for photo in photos.reversed() {
            guard let display = owner[photo], counts[display, default: 0] > targets[display, default: 0] else {
                continue
            }
            owner[photo] = nil
            counts[display, default: 0] -= 1
        }
        // One display after the other, so that a new album is dealt like cards and neighbours hang side by side.
        var turn = 0
        for photo in photos where owner[photo] == nil {
            while counts[displays[turn], default: 0] >= targets[displays[turn], default: 0] {
                turn = (turn + 1) % displays.count
            }
            owner[photo] = displays[turn]
            counts[displays[turn], default: 0] += 1
            turn = (turn + 1) % displays.count
        }
        self.shares = Dictionary(uniqueKeysWithValues: displays.map { ($0, []) })
        for photo in photos { if let display = owner[photo] { self.shares[display, default: []].append(photo) } }
        return Set(photos.filter { photo in old[photo].map { $0 != owner[photo] } ?? false })
    }

    private func owners() -> [Photo: Display] {
        var owners: [Photo: Display] = [:]
        for (display, photos) in self.shares { for photo in photos { owners[photo] = display } }
        return owners
    }

    /// How many photos each display shall have: those with the most keep the odd ones.
    private static func targets(total: Int, counts: [Display: Int], displays: [Display]) -> [Display: Int] {
        let base = total / displays.count
        let byCount = displays.enumerated().sorted { left, right in
            let (l, r) = (counts[left.element, default: 0], counts[right.element, default: 0])
            return l != r ? l > r : left.offset < right.offset
        }
        let odd = Set(byCount.prefix(total % displays.count).map(\.element))
        return Dictionary(uniqueKeysWithValues: displays.map { ($0, base + (odd.contains($0) ? 1 : 0)) })
    }
}
