/// One condition of a transaction: etcd's `Compare`.
package struct Comparison: Sendable {
    package enum Relation: Sendable { case equal, greater, less, notEqual }
    package enum Target: Hashable, Sendable {
        case version(Int64)
        case createRevision(Int64)
        case modRevision(Int64)
        case value(Bytes)
        case lease(Int64)
    }

    package var range: KeyRange
    package var relation: Relation
    package var target: Target

    package init(_ range: KeyRange, _ relation: Relation, _ target: Target) {
        self.range = range
        self.relation = relation
        self.target = target
    }

    /// Whether the condition holds for every key of its range; an empty range is compared as zeros.
    func holds(in index: KeyIndex, at revision: Revision) -> Bool {
        var isAnyKey = false
        var holds = true
        index.scan(self.range, at: revision) { version in
            isAnyKey = true
            holds = self.holds(for: version)
            return holds
        }
        if isAnyKey { return holds }
        // A value that is not there compares to nothing, not even as unequal.
        if case .value = self.target { return false }
        return self.holds(for: nil)
    }

    private func holds(for version: KeyVersion?) -> Bool {
        switch self.target {
        case .version(let operand): self.holds(version?.version ?? 0, operand)
        case .createRevision(let operand): self.holds(version?.createRevision.number ?? 0, operand)
        case .modRevision(let operand): self.holds(version?.modRevision.number ?? 0, operand)
        case .lease(let operand): self.holds(version?.lease.number ?? 0, operand)
        case .value(let operand): self.holds(version?.value ?? .empty, operand)
        }
    }

    private func holds<Operand: Comparable>(_ found: Operand, _ operand: Operand) -> Bool {
        switch self.relation {
        case .equal: found == operand
        case .notEqual: found != operand
        case .greater: found > operand
        case .less: found < operand
        }
    }
}
