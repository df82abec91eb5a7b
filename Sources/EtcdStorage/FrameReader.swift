/// Reads the frames of one file in order, a piece of the file at a time.
struct FrameReader {
    enum Outcome {
        case frame(payload: [UInt8])
        /// The file ends after a whole frame, or what follows is room for more.
        case end
        /// What begins at ``FrameReader/offset`` is not the frame that belongs there.
        case invalid
    }

    private static let pieceSize = 1 << 20

    let header: LogFormat.Header
    /// Where in the file the next frame begins.
    private(set) var offset = LogFormat.Header.size
    /// The number the next frame must have.
    private(set) var nextNumber: UInt64 = 1
    private let files: any LogFiles
    private let name: String
    private let size: Int
    private var piece: [UInt8] = []
    private var pieceOffset = 0

    init(header: LogFormat.Header, name: String, size: Int, files: any LogFiles) {
        self.header = header
        self.name = name
        self.size = size
        self.files = files
    }

    mutating func next() throws(StorageError) -> Outcome {
        guard self.offset < self.size else { return .end }
        let outcome = try self.readFrame()
        // No frame begins with so many zeros. One that was lost altogether looks the same, and was not acknowledged.
        if case .invalid = outcome, try self.files.isZero(self.name, from: self.offset, size: self.size) { return .end }
        return outcome
    }

    private mutating func readFrame() throws(StorageError) -> Outcome {
        try self.fill(LogFormat.frameHeaderSize)
        let start = self.offset - self.pieceOffset
        guard self.piece.count - start >= LogFormat.frameHeaderSize else { return .invalid }
        var reader = ByteReader(Array(self.piece[start + 4..<start + 8]))
        let length = Int((try? reader.fixed32()) ?? 0)
        guard length <= LogFormat.frameLengthLimit, self.offset + LogFormat.frameHeaderSize + length <= self.size else {
            return .invalid
        }
        try self.fill(LogFormat.frameHeaderSize + length)
        guard
            let frame = LogFormat.frame(
                at: self.offset - self.pieceOffset, of: self.piece, salt: self.header.salt),
            frame.number == self.nextNumber
        else { return .invalid }
        self.offset += LogFormat.frameHeaderSize + length
        self.nextNumber += 1
        return .frame(payload: frame.payload)
    }

    /// Whether a later frame is whole. Each frame is written after the one before it was synced, so if there is one,
    /// the invalid frame was durable once and has been damaged since; if there is none, it never was finished.
    func isFollowedByFrame() throws(StorageError) -> Bool {
        let rest = try self.rest()
        let mark = UInt32(truncatingIfNeeded: self.header.salt)
        var window: UInt32 = 0
        for (index, byte) in rest.enumerated() {
            window = window >> 8 | UInt32(byte) << 24
            guard index >= 3, window == mark else { continue }
            if let frame = LogFormat.frame(at: index - 3, of: rest, salt: self.header.salt),
                frame.number > self.nextNumber
            {
                return true
            }
        }
        return false
    }

    /// Everything from the next frame on.
    func rest() throws(StorageError) -> [UInt8] {
        try self.files.read(self.name, at: self.offset, count: self.size - self.offset)
    }

    /// Has at least `count` bytes from ``offset`` on in memory, if the file has them.
    private mutating func fill(_ count: Int) throws(StorageError) {
        guard self.offset + count > self.pieceOffset + self.piece.count else { return }
        let wanted = min(max(count, Self.pieceSize), self.size - self.offset)
        self.piece = try self.files.read(self.name, at: self.offset, count: wanted)
        self.pieceOffset = self.offset
    }
}

extension LogFiles {
    /// Whether a file holds nothing but zeros from `offset` on.
    func isZero(_ name: String, from offset: Int, size: Int) throws(StorageError) -> Bool {
        var offset = offset
        while offset < size {
            let piece = try self.read(name, at: offset, count: min(1 << 16, size - offset))
            guard !piece.isEmpty, piece.allSatisfy({ $0 == 0 }) else { return false }
            offset += piece.count
        }
        return true
    }
}
