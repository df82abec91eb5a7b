/// Why something could not be shown.
package struct StageError: Error, Sendable, CustomStringConvertible {
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String { case noScreen, undecodable, tooLarge, drawingFailed, cannotWrite, noFont }
        private let kind: Kind

        /// No screen can be opened here.
        package static let noScreen = Code(kind: .noScreen)
        /// The file is not a whole, sound JPEG.
        package static let undecodable = Code(kind: .undecodable)
        /// The picture has more pixels than the stage can hold.
        package static let tooLarge = Code(kind: .tooLarge)
        /// The graphics system refused.
        package static let drawingFailed = Code(kind: .drawingFailed)
        /// A frame could not be written to its file.
        package static let cannotWrite = Code(kind: .cannotWrite)
        /// No font to write a card with.
        package static let noFont = Code(kind: .noFont)

        package var description: String { self.kind.rawValue }
    }

    package let code: Code
    package let message: String
    /// The picture's file, where one is to blame.
    package let path: String?
    package let file: StaticString
    package let line: UInt

    package init(
        _ code: Code, _ message: String, path: String? = nil, file: StaticString = #fileID, line: UInt = #line
    ) {
        self.code = code
        self.message = message
        self.path = path
        self.file = file
        self.line = line
    }

    package var description: String { self.message }
}
