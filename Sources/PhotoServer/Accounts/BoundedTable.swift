/// A dictionary that never holds more than it is told to: the entry that was put first is forgotten first.
struct BoundedTable<Key: Hashable, Value> {
    private var values: [Key: (value: Value, ticket: UInt64)] = [:]
    private var queue: [(key: Key, ticket: UInt64)] = []
    private var nextTicket: UInt64 = 0

    var count: Int { self.values.count }

    /// The value of a key; setting nil forgets the key.
    subscript(key: Key) -> Value? {
        get { self.values[key]?.value }
        set {
            guard let newValue else {
                self.values[key] = nil
                return
            }
            self.set(key, newValue, capacity: .max)
        }
    }

    /// Puts a value and returns what had to go for it, if anything.
    @discardableResult
    mutating func set(_ key: Key, _ value: Value, capacity: Int) -> Value? {
        if let ticket = self.values[key]?.ticket {
            self.values[key] = (value, ticket)
            return nil
        }
        var evicted: Value?
        if self.values.count >= capacity {
            evicted = self.evictOldest()
        }
        self.values[key] = (value, self.nextTicket)
        self.queue.append((key, self.nextTicket))
        self.nextTicket += 1
        // Forgotten keys leave their place in the queue behind; sweep when they are the majority.
        if self.queue.count > 2 * self.values.count + 16 {
            self.queue.removeAll { self.values[$0.key]?.ticket != $0.ticket }
        }
        return evicted
    }

    private mutating func evictOldest() -> Value? {
        guard let index = self.queue.firstIndex(where: { self.values[$0.key]?.ticket == $0.ticket }) else { return nil }
        let key = self.queue[index].key
        self.queue.removeSubrange(...index)
        return self.values.removeValue(forKey: key)?.value
    }
}

extension BoundedTable: Sendable where Key: Sendable, Value: Sendable {}
