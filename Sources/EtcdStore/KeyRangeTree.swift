/// Values by key range, and quickly those whose range holds a key: a treap in the order of the ranges' starts, in which
/// each node knows where the last range below it ends.
///
/// Finding takes as many steps as the logarithm of the ranges, and some for each range found.
struct KeyRangeTree<Value: Sendable>: Sendable {
    private struct Node: Sendable {
        let range: KeyRange
        var value: Value
        /// A node's is larger than those below it; as they are as good as random, the tree is balanced.
        let priority: UInt64
        var left = KeyRangeTree.none
        var right = KeyRangeTree.none
        /// The end of the range below this node, or of its own, that reaches furthest.
        var furthestEnd: KeyRange.Extent
    }

    private static var none: Int { -1 }

    private var nodes: [Node] = []
    /// Places of `nodes` that were given up.
    private var free: [Int] = []
    private var root = KeyRangeTree.none
    private var seed: UInt64 = 0

    var isEmpty: Bool { self.root == Self.none }

    /// Changes the value of `range` in place, beginning from `initial` where there is none.
    mutating func update(_ range: KeyRange, initial: @autoclosure () -> Value, _ body: (inout Value) -> Void) {
        if let found = self.find(range) {
            body(&self.nodes[found].value)
        } else {
            var value = initial()
            body(&value)
            self.root = self.insert(self.makeNode(range, value), below: self.root)
        }
    }

    subscript(range: KeyRange) -> Value? { self.find(range).map { self.nodes[$0].value } }

    mutating func remove(_ range: KeyRange) { self.root = self.remove(range, below: self.root) }

    /// Calls `body` with the value of each range that holds `key`.
    func forEach(holding key: Bytes, _ body: (Value) -> Void) { self.visit(self.root, key, body) }

    private func visit(_ index: Int, _ key: Bytes, _ body: (Value) -> Void) {
        guard index != Self.none, Self.reaches(self.nodes[index].furthestEnd, beyond: key) else { return }
        self.visit(self.nodes[index].left, key, body)
        guard self.nodes[index].range.start <= key else { return }
        if self.nodes[index].range.contains(key) { body(self.nodes[index].value) }
        self.visit(self.nodes[index].right, key, body)
    }

    private func find(_ range: KeyRange) -> Int? {
        var index = self.root
        while index != Self.none, self.nodes[index].range != range {
            index = Self.precedes(range, self.nodes[index].range) ? self.nodes[index].left : self.nodes[index].right
        }
        return index == Self.none ? nil : index
    }

    private mutating func makeNode(_ range: KeyRange, _ value: Value) -> Int {
        self.seed &+= 0x9e37_79b9_7f4a_7c15
        var priority = self.seed
        priority = (priority ^ (priority >> 30)) &* 0xbf58_476d_1ce4_e5b9
        priority = (priority ^ (priority >> 27)) &* 0x94d0_49bb_1331_11eb
        let node = Node(range: range, value: value, priority: priority ^ (priority >> 31), furthestEnd: Self.end(range))
        guard let index = self.free.popLast() else {
            self.nodes.append(node)
            return self.nodes.count - 1
        }
        self.nodes[index] = node
        return index
    }

    /// Returns the new top of the subtree, as all functions below do.
    private mutating func insert(_ node: Int, below top: Int) -> Int {
        guard top != Self.none else { return node }
        if Self.precedes(self.nodes[node].range, self.nodes[top].range) {
            self.nodes[top].left = self.insert(node, below: self.nodes[top].left)
            if self.nodes[self.nodes[top].left].priority > self.nodes[top].priority { return self.rotateRight(top) }
        } else {
            self.nodes[top].right = self.insert(node, below: self.nodes[top].right)
            if self.nodes[self.nodes[top].right].priority > self.nodes[top].priority { return self.rotateLeft(top) }
        }
        self.noteEnds(top)
        return top
    }

    private mutating func remove(_ range: KeyRange, below top: Int) -> Int {
        guard top != Self.none else { return Self.none }
        if self.nodes[top].range == range {
            let joined = self.join(self.nodes[top].left, self.nodes[top].right)
            self.free.append(top)
            return joined
        }
        if Self.precedes(range, self.nodes[top].range) {
            self.nodes[top].left = self.remove(range, below: self.nodes[top].left)
        } else {
            self.nodes[top].right = self.remove(range, below: self.nodes[top].right)
        }
        self.noteEnds(top)
        return top
    }

    /// Joins two subtrees of which the one is wholly before the other.
    private mutating func join(_ left: Int, _ right: Int) -> Int {
        if left == Self.none { return right }
        if right == Self.none { return left }
        if self.nodes[left].priority > self.nodes[right].priority {
            self.nodes[left].right = self.join(self.nodes[left].right, right)
            self.noteEnds(left)
            return left
        }
        self.nodes[right].left = self.join(left, self.nodes[right].left)
        self.noteEnds(right)
        return right
    }

    private mutating func rotateRight(_ top: Int) -> Int {
        let left = self.nodes[top].left
        self.nodes[top].left = self.nodes[left].right
        self.nodes[left].right = top
        self.noteEnds(top)
        self.noteEnds(left)
        return left
    }

    private mutating func rotateLeft(_ top: Int) -> Int {
        let right = self.nodes[top].right
        self.nodes[top].right = self.nodes[right].left
        self.nodes[right].left = top
        self.noteEnds(top)
        self.noteEnds(right)
        return right
    }

    private mutating func noteEnds(_ index: Int) {
        var furthest = Self.end(self.nodes[index].range)
        for child in [self.nodes[index].left, self.nodes[index].right] where child != Self.none {
            let end = self.nodes[child].furthestEnd
            if Self.isBefore(furthest, end) { furthest = end }
        }
        self.nodes[index].furthestEnd = furthest
    }

    /// Where a range ends, as `until` or `unbounded`.
    private static func end(_ range: KeyRange) -> KeyRange.Extent {
        if case .single = range.extent { return .until(Bytes(range.start.array + [0])) }
        return range.extent
    }

    private static func reaches(_ end: KeyRange.Extent, beyond key: Bytes) -> Bool {
        if case .until(let end) = end { return key < end }
        return true
    }

    private static func isBefore(_ end: KeyRange.Extent, _ other: KeyRange.Extent) -> Bool {
        guard case .until(let end) = end else { return false }
        guard case .until(let other) = other else { return true }
        return end < other
    }

    private static func precedes(_ range: KeyRange, _ other: KeyRange) -> Bool {
        let order = range.start.compare(other.start)
        if order != 0 { return order < 0 }
        if Self.isBefore(Self.end(range), Self.end(other)) { return true }
        // One key is also a range up to the next; these are two ranges all the same.
        return range.extent == .single && other.extent != .single && Self.end(range) == Self.end(other)
    }
}
