import NIOCore

/// What a connection has collected to be written, and what its event loop is at.
struct HTTP2Output {
    static let pieceBytes = 64 << 10
    /// How many pieces go out before other connections have their turn.
    static let piecesAtOnce = 16

    var bytes = ByteBuffer()
    var isReading = false
    var isTurnScheduled = false
    var isFlushing = false
}
