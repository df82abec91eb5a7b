/// Why keys could not be moved. The message names the thing; the remedy says what to do.
package struct TransferError: Error, Sendable, CustomStringConvertible {
    /// What went wrong. A struct, so that a new code breaks nobody.
    package struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Kind: String {
            case badFile, exists, inUse, file, occupied, differs, compacted, conflictingLease
            case tooLarge
        }
        private let kind: Kind

        /// The file is not an export, or it is damaged or unfinished.
        package static let badFile = Code(kind: .badFile)
        /// There is a file of that name already.
        package static let exists = Code(kind: .exists)
        /// Another process writes this export.
        package static let inUse = Code(kind: .inUse)
        /// The disk or the folder refuses.
        package static let file = Code(kind: .file)
        /// The target holds keys of its own.
        package static let occupied = Code(kind: .occupied)
        /// After the transfer source and target are not the same.
        package static let differs = Code(kind: .differs)
        /// The source has forgotten the revision that was being read.
        package static let compacted = Code(kind: .compacted)
        /// A lease of the same number exists in the target, and is another one.
        package static let conflictingLease = Code(kind: .conflictingLease)

        /// A value is larger than the target takes.
        package static let tooLarge = Code(kind: .tooLarge)

        /// The code's name.
        package var description: String { self.kind.rawValue }
    }

    package let code: Code
    package let message: String
    package let remedy: String?

    init(_ code: Code, _ message: String, remedy: String? = nil) {
        self.code = code
        self.message = message
        self.remedy = remedy
    }

    package var description: String { self.remedy.map { "\(self.message). \($0)" } ?? self.message }
}
