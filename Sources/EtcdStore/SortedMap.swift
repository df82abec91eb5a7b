/// A map in key order: a list of sorted chunks, so that an insertion moves at most one chunk.
///
/// Search is two binary searches. A hundred thousand keys are some hundreds of chunks; a range scan walks arrays.
package struct SortedMap<Value: Sendable>: Sendable {
    private struct Chunk: Sendable {
        var keys: [Bytes]
        var values: [Value]
    }

    private struct Position {
        var chunk: Int
        var offset: Int
        var isMatch: Bool
    }

    private static var chunkCapacity: Int { 256 }
    private var chunks: [Chunk] = []
    package private(set) var count = 0

    package init() {}

    package subscript(key: Bytes) -> Value? {
        let position = self.find(key)
        return position.isMatch ? self.chunks[position.chunk].values[position.offset] : nil
    }

    /// Changes the value of `key` in place, beginning from `initial` where there is none.
    package mutating func update<Result>(
        _ key: Bytes, initial: @autoclosure () -> Value, _ body: (inout Value) -> Result
    ) -> Result {
        var position = self.find(key)
        if !position.isMatch { position = self.insert(initial(), for: key, at: position) }
        return body(&self.chunks[position.chunk].values[position.offset])
    }

    package mutating func remove(_ key: Bytes) {
        let position = self.find(key)
        guard position.isMatch else { return }
        self.chunks[position.chunk].keys.remove(at: position.offset)
        self.chunks[position.chunk].values.remove(at: position.offset)
        self.count -= 1
        self.mergeIfSmall(position.chunk)
    }

    /// Calls `body` for every key of `range` in order until it returns `false`.
    package func scan(_ range: KeyRange, _ body: (Bytes, Value) -> Bool) {
        if case .single = range.extent {
            if let value = self[range.start] { _ = body(range.start, value) }
            return
        }
        let start = self.find(range.start)
        var offset = start.offset
        for chunk in self.chunks[min(start.chunk, self.chunks.count)...] {
            // Comparing with the end once a chunk, not once a key, is enough for all chunks but the last.
            var end = chunk.keys.count
            if case .until(let limit) = range.extent, let last = chunk.keys.last, last >= limit {
                end = Self.lowerBound(limit, in: chunk.keys)
            }
            while offset < end {
                guard body(chunk.keys[offset], chunk.values[offset]) else { return }
                offset += 1
            }
            if end < chunk.keys.count { return }
            offset = 0
        }
    }

    private func find(_ key: Bytes) -> Position {
        var low = 0
        var high = self.chunks.count
        while low < high {
            let middle = (low + high) / 2
            if self.chunks[middle].keys[0] <= key { low = middle + 1 } else { high = middle }
        }
        let chunk = max(low - 1, 0)
        guard chunk < self.chunks.count else { return Position(chunk: 0, offset: 0, isMatch: false) }
        let keys = self.chunks[chunk].keys
        let offset = Self.lowerBound(key, in: keys)
        return Position(chunk: chunk, offset: offset, isMatch: offset < keys.count && keys[offset] == key)
    }

    private static func lowerBound(_ key: Bytes, in keys: [Bytes]) -> Int {
        var low = 0
        var high = keys.count
        while low < high {
            let middle = (low + high) / 2
            if keys[middle] < key { low = middle + 1 } else { high = middle }
        }
        return low
    }

    private mutating func insert(_ value: Value, for key: Bytes, at position: Position) -> Position {
        var position = position
        self.count += 1
        guard !self.chunks.isEmpty else {
            self.chunks.append(Chunk(keys: [key], values: [value]))
            return Position(chunk: 0, offset: 0, isMatch: true)
        }
        self.chunks[position.chunk].keys.insert(key, at: position.offset)
        self.chunks[position.chunk].values.insert(value, at: position.offset)
        if self.chunks[position.chunk].keys.count > Self.chunkCapacity {
            let half = Self.chunkCapacity / 2
            let keys = self.chunks[position.chunk].keys
            let values = self.chunks[position.chunk].values
            self.chunks[position.chunk] = Chunk(keys: Array(keys[..<half]), values: Array(values[..<half]))
            self.chunks.insert(
                Chunk(keys: Array(keys[half...]), values: Array(values[half...])), at: position.chunk + 1)
            if position.offset >= half {
                position.chunk += 1
                position.offset -= half
            }
        }
        position.isMatch = true
        return position
    }

    private mutating func mergeIfSmall(_ index: Int) {
        if self.chunks[index].keys.isEmpty {
            self.chunks.remove(at: index)
            return
        }
        guard index + 1 < self.chunks.count,
            self.chunks[index].keys.count + self.chunks[index + 1].keys.count <= Self.chunkCapacity / 2
        else { return }
        let next = self.chunks.remove(at: index + 1)
        self.chunks[index].keys.append(contentsOf: next.keys)
        self.chunks[index].values.append(contentsOf: next.values)
    }
}
