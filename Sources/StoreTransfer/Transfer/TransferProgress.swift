/// How far a transfer has come.
package struct TransferProgress: Sendable {
    /// What is being done.
    package enum Phase: String, Sendable {
        case reading, comparing, writing, verifying
    }

    package let phase: Phase
    /// Keys done in this phase.
    package let keys: Int
    /// Keys in all, if that is known.
    package let total: Int?

    /// Called after every page or batch, from one task at a time.
    package typealias Observer = @Sendable (TransferProgress) -> Void
}
