/// Which pictures the stage holds: two at most, for memory is small. Pure.
struct PictureRack: Sendable {
    static let capacity = 2

    private(set) var loaded: Set<PictureID> = []
    private(set) var loading: Projection.Picture?

    /// Takes the first of these that is not there, if there is room for it.
    mutating func take(_ wanted: [Projection.Picture]) -> Projection.Picture? {
        guard self.loading == nil, self.loaded.count < Self.capacity,
            let next = wanted.first(where: { !self.loaded.contains($0.id) })
        else { return nil }
        self.loading = next
        return next
    }

    /// The picture being loaded is there, or is not to be had.
    mutating func finish(isLoaded: Bool) {
        if isLoaded, let loading { self.loaded.insert(loading.id) }
        self.loading = nil
    }

    /// Gives up all but these; the caller unloads what is returned.
    mutating func discard(except needed: Set<PictureID>) -> Set<PictureID> {
        let gone = self.loaded.subtracting(needed)
        self.loaded.subtract(gone)
        return gone
    }
}
