/// Names a lease; 0 means "no lease", every other number, negative ones too, is a valid name.
package struct LeaseID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let number: Int64

    package init(_ number: Int64) { self.number = number }

    package static let none = LeaseID(0)

    package var description: String { "\(self.number)" }

    package static func < (lhs: Self, rhs: Self) -> Bool { lhs.number < rhs.number }
}
