/// Why a photo could not be read or cut. The message is for people: it names the file and what to do.
package struct RenditionError: Error, Sendable, CustomStringConvertible {
    /// What went wrong. A struct, not an enum, so that a new code breaks nobody.
    package struct Code: Hashable, Sendable, Codable, RawRepresentable, CustomStringConvertible {
        package let rawValue: String
        package init(rawValue: String) { self.rawValue = rawValue }

        /// The file has no bytes.
        package static let empty = Code(rawValue: "empty")
        /// It is not a picture, or of a kind that is not accepted.
        package static let unsupportedFormat = Code(rawValue: "unsupportedFormat")
        /// It ends early or its data is broken.
        package static let damaged = Code(rawValue: "damaged")
        /// More pixels than are decoded here.
        package static let tooManyPixels = Code(rawValue: "tooManyPixels")
        /// Decoding wants more memory than a worker gets.
        package static let outOfMemory = Code(rawValue: "outOfMemory")
        /// Decoding took longer than a worker may.
        package static let timedOut = Code(rawValue: "timedOut")
        /// The worker process died. A hostile file, or a bug in a decoder.
        package static let workerCrashed = Code(rawValue: "workerCrashed")
        /// The worker could not be started, or its answer not be understood.
        package static let workerUnavailable = Code(rawValue: "workerUnavailable")
        /// The original cannot be opened.
        package static let sourceUnreadable = Code(rawValue: "sourceUnreadable")
        /// The result cannot be written: disk full, or no permission.
        package static let destinationUnwritable = Code(rawValue: "destinationUnwritable")
        /// No space is left for the result.
        package static let diskFull = Code(rawValue: "diskFull")
        /// Too many jobs wait already.
        package static let busy = Code(rawValue: "busy")

        package var description: String { self.rawValue }

        /// Whether less to do at once may succeed.
        package var isAboutResources: Bool { self == .outOfMemory || self == .timedOut || self == .workerCrashed }
    }

    package let code: Code
    package let message: String
    package let cause: (any Error)?
    package let file: StaticString
    package let line: UInt

    package init(
        _ code: Code, _ message: String, cause: (any Error)? = nil, file: StaticString = #fileID, line: UInt = #line
    ) {
        self.code = code
        self.message = message
        self.cause = cause
        self.file = file
        self.line = line
    }

    /// For logs: people get the message.
    package var description: String {
        "\(self.code): \(self.message)" + (self.cause.map { " [\($0)]" } ?? "")
    }
}
