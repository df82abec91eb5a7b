/// A point in the store's history. Every write that changes something makes exactly one new revision.
package struct Revision: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let number: Int64

    package init(_ number: Int64) { self.number = number }

    /// The revision of a store in which nothing was ever written.
    package static let first = Revision(1)
    /// The compacted revision of a store that was never compacted, as etcd reports it.
    package static let neverCompacted = Revision(-1)

    package var next: Revision { Revision(self.number + 1) }
    package var previous: Revision { Revision(self.number - 1) }
    package var description: String { "\(self.number)" }

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.number < rhs.number }
}
