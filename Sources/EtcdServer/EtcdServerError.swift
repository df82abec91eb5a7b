import EtcdStorage

/// Why the server could not start, or had to stop. The message names the thing and the remedy.
public struct EtcdServerError: Error, Sendable, CustomStringConvertible {
    /// What went wrong. A struct, so that a new code breaks nobody.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String { case locked, corrupt, unsupported, storage }
        private let kind: Kind

        /// Another process has the data folder open.
        public static let locked = Code(kind: .locked)
        /// Something that was durable is damaged or gone.
        public static let corrupt = Code(kind: .corrupt)
        /// A newer version wrote the data.
        public static let unsupported = Code(kind: .unsupported)
        /// The disk or the folder refuses: no space, no permission, an error.
        public static let storage = Code(kind: .storage)

        /// The code's name.
        public var description: String { self.kind.rawValue }
    }

    /// What went wrong.
    public let code: Code
    /// What to tell the person who runs the server.
    public let message: String

    /// The message.
    public var description: String { self.message }

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    init(_ error: StorageError) {
        switch error.code {
        case .locked: self.code = .locked
        case .corrupt: self.code = .corrupt
        case .unsupported: self.code = .unsupported
        default: self.code = .storage
        }
        self.message = error.message
    }
}
