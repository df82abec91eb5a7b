import DisplayChannel

/// A display's line to its mediator.
package protocol DisplayLink: Sendable {
    /// Hears and reports until cancelled. Each event is handled before the next is taken.
    ///
    /// - Throws: `CancellationError`, or what makes going on impossible, such as a disk that takes no more notes.
    func run(_ handle: @escaping @Sendable (ChannelEvent) async -> Void) async throws
    /// Takes the status to be reported from now on. Never waits.
    func report(_ status: DisplayStatus)
    /// Waits until what was reported last is in the mediator, or `limit` has passed.
    func flush(within limit: Duration) async
}
