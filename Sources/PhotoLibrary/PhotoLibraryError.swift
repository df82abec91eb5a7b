import Renditions

/// Why the library refused or failed. The message is for people: it names the thing and the remedy.
package struct PhotoLibraryError: Error, Sendable, CustomStringConvertible {
    /// What went wrong. A struct, not an enum, so that a new code breaks nobody.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case notFound, nameTaken, invalidName, invalidChange, invalidRule, conflict, forbidden, removed, full,
                stale, setupTokenInvalid
            case empty, unsupportedFormat, damaged, tooManyPixels, tooLarge, diskFull, workerFailed, busy
            case inUse, storage
        }
        private let kind: Kind

        /// No such photo, album, display, user or rendition.
        package static let notFound = Code(kind: .notFound)
        /// Another one has that name.
        package static let nameTaken = Code(kind: .nameTaken)
        /// The name is empty or too long.
        package static let invalidName = Code(kind: .invalidName)
        /// A change whose values cannot be.
        package static let invalidChange = Code(kind: .invalidChange)
        /// A smart album's rule that cannot be answered.
        package static let invalidRule = Code(kind: .invalidRule)
        /// The state it is in does not allow this.
        package static let conflict = Code(kind: .conflict)
        /// The secret does not match.
        package static let forbidden = Code(kind: .forbidden)
        /// A display id that was removed; it is never used again.
        package static let removed = Code(kind: .removed)
        /// A bound is reached, such as the number of displays waiting for approval.
        package static let full = Code(kind: .full)
        /// The thing is not as it was when it was read.
        package static let stale = Code(kind: .stale)
        /// The set-up link was used already, or is not this library's.
        package static let setupTokenInvalid = Code(kind: .setupTokenInvalid)

        /// An upload without bytes.
        package static let empty = Code(kind: .empty)
        /// Not a picture, or of a kind that is not accepted.
        package static let unsupportedFormat = Code(kind: .unsupportedFormat)
        /// The file ends early or its data is broken.
        package static let damaged = Code(kind: .damaged)
        /// More pixels than are decoded here.
        package static let tooManyPixels = Code(kind: .tooManyPixels)
        /// More bytes than an original may have.
        package static let tooLarge = Code(kind: .tooLarge)
        /// No space left; nothing was kept.
        package static let diskFull = Code(kind: .diskFull)
        /// The worker process crashed, ran out of memory or time, or could not start.
        package static let workerFailed = Code(kind: .workerFailed)
        /// Too much waits already; try again.
        package static let busy = Code(kind: .busy)

        /// Another process has this library open.
        package static let inUse = Code(kind: .inUse)
        /// The database or a file could not be read or written.
        package static let storage = Code(kind: .storage)

        package var description: String { self.kind.rawValue }
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

    package var description: String { "\(self.code): \(self.message)" }
}

extension PhotoLibraryError {
    /// What a failed rendition means to who asked the library for it.
    init(_ error: RenditionError) {
        let code: Code =
            switch error.code {
            case .empty: .empty
            case .unsupportedFormat: .unsupportedFormat
            case .damaged: .damaged
            case .tooManyPixels: .tooManyPixels
            case .diskFull: .diskFull
            case .busy: .busy
            case .outOfMemory, .timedOut, .workerCrashed, .workerUnavailable: .workerFailed
            default: .storage
            }
        self.init(code, error.message, cause: error)
    }

    static func noSuchPhoto() -> Self { Self(.notFound, "There is no such photo; it may have been deleted.") }
    static func noSuchAlbum() -> Self { Self(.notFound, "There is no such album; it may have been deleted.") }
    static func noSuchDisplay(_ id: String) -> Self { Self(.notFound, "There is no display \(id).") }

    /// Whether the next file may fare better.
    package var isAboutTheFile: Bool {
        [.empty, .unsupportedFormat, .damaged, .tooManyPixels, .tooLarge, .workerFailed, .invalidName].contains(
            self.code)
    }
}
