/// Why the store's files cannot be used; the message names the file and the remedy.
package struct StorageError: Error, Sendable, CustomStringConvertible {
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String { case locked, corrupt, unsupported, failed }
        private let kind: Kind

        /// Another process has the folder open.
        package static let locked = Code(kind: .locked)
        /// What an earlier run made durable is damaged or missing.
        package static let corrupt = Code(kind: .corrupt)
        /// A newer version wrote the files.
        package static let unsupported = Code(kind: .unsupported)
        /// The operating system refused: no space, no permission, a broken disk.
        package static let failed = Code(kind: .failed)

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
