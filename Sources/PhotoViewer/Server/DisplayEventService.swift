/// A photoserver as the line of displays that cannot reach the mediator.
package protocol DisplayEventService: Sendable {
    /// Hears the display's keys until the server ends it; each piece is taken before the next is read.
    ///
    /// - Parameter lastEvent: The id of the last event that was taken in; the server then tells only what is newer.
    func hearEvents(
        after lastEvent: String?, token: String, _ take: (ArraySlice<UInt8>) async throws -> Void
    ) async throws
    /// Has the server report for the display; presence lasts 15 s from here.
    func send(status: [UInt8], token: String) async throws(ViewerError)
}
