/// Why the viewer could not do something that does not concern drawing.
package struct ViewerError: Error, Sendable, CustomStringConvertible {
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case storage, unreachable, refused, unauthorized, notFound, gone, damaged, unintelligible
        }
        private let kind: Kind

        /// A file could not be read or written.
        package static let storage = Code(kind: .storage)
        /// The server did not answer in time.
        package static let unreachable = Code(kind: .unreachable)
        /// The server answered with an error that a later try may not meet.
        package static let refused = Code(kind: .refused)
        /// The display's credentials are void (HTTP 401).
        package static let unauthorized = Code(kind: .unauthorized)
        /// The server does not have what was asked for (HTTP 404), or a program is not installed.
        package static let notFound = Code(kind: .notFound)
        /// The server had it and never will again (HTTP 410).
        package static let gone = Code(kind: .gone)
        /// What arrived is not what was promised.
        package static let damaged = Code(kind: .damaged)
        /// The server said something this version does not understand.
        package static let unintelligible = Code(kind: .unintelligible)

        package var description: String { self.kind.rawValue }
    }

    package let code: Code
    package let message: String
    package let file: StaticString
    package let line: UInt

    package init(_ code: Code, _ message: String, file: StaticString = #fileID, line: UInt = #line) {
        self.code = code
        self.message = message
        self.file = file
        self.line = line
    }

    package var description: String { self.message }
}
