/// The keys a request is about, decoded from the wire's `key` and `range_end`.
package struct KeyRange: Hashable, Sendable {
    package enum Extent: Hashable, Sendable {
        case single
        case until(Bytes)
        case unbounded
    }

    package let start: Bytes
    package let extent: Extent

    package init(start: Bytes, extent: Extent) {
        self.start = start
        self.extent = extent
    }

    /// Reads the wire's encoding: no `rangeEnd` is one key, a single zero byte is "every key from here on".
    package init(key: Bytes, rangeEnd: Bytes) {
        self.start = key
        if rangeEnd.isEmpty {
            self.extent = .single
        } else if rangeEnd.array == [0] {
            self.extent = .unbounded
        } else {
            self.extent = .until(rangeEnd)
        }
    }

    /// The end in the wire's encoding.
    package var rangeEnd: Bytes {
        switch self.extent {
        case .single: .empty
        case .until(let end): end
        case .unbounded: Bytes([0])
        }
    }

    package static func single(_ key: Bytes) -> KeyRange { KeyRange(start: key, extent: .single) }
    package static let all = KeyRange(start: Bytes([0]), extent: .unbounded)

    package static func prefix(_ prefix: Bytes) -> KeyRange {
        guard !prefix.isEmpty else { return .all }
        guard let end = prefix.prefixEnd else { return KeyRange(start: prefix, extent: .unbounded) }
        return KeyRange(start: prefix, extent: .until(end))
    }

    package func contains(_ key: Bytes) -> Bool {
        switch self.extent {
        case .single: key == self.start
        case .until(let end): self.start <= key && key < end
        case .unbounded: self.start <= key
        }
    }

    /// Whether no key can be inside: the end is not after the start.
    package var isEmpty: Bool {
        guard case .until(let end) = self.extent else { return false }
        return end <= self.start
    }

    /// The prefix all keys of this range share, if the range is exactly "every key with this prefix".
    package var prefix: Bytes? {
        guard case .until(let end) = self.extent, self.start.prefixEnd == end else { return nil }
        return self.start
    }
}

extension Bytes {
    /// The first key after all keys with this prefix, or `nil` when there is none (only 0xff bytes).
    package var prefixEnd: Bytes? {
        var end = self.array
        while let last = end.last {
            if last < 0xff {
                end[end.count - 1] = last + 1
                return Bytes(end)
            }
            end.removeLast()
        }
        return nil
    }
}
