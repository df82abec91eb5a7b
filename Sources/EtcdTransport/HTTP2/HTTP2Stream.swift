/// One stream of a connection, as far as clients and servers handle it alike.
protocol HTTP2Stream: AnyObject {
    var id: UInt32 { get }
    /// How many bytes the other side takes on this stream; the connection's to change.
    var sendWindow: Int { get set }
    /// Whether the connection has this stream in its queue for room.
    var isWaitingForRoom: Bool { get set }
    /// Whether something waits for the other side's window.
    var hasOutput: Bool { get }

    /// Goes on sending, as far as the other side takes it. The connection calls it when there is room again.
    func sendMore()

    /// The stream was reset, or its connection is lost: nothing can be sent any more.
    func breakOff()
}
