/// What a watch tells.
public struct WatchOptions: Hashable, Sendable {
    /// Tell what a key held before each event, as far as the store still knows.
    public var returnsPrevious: Bool
    public var includesPuts: Bool
    public var includesDeletes: Bool

    public init(returnsPrevious: Bool = false, includesPuts: Bool = true, includesDeletes: Bool = true) {
        self.returnsPrevious = returnsPrevious
        self.includesPuts = includesPuts
        self.includesDeletes = includesDeletes
    }
}
