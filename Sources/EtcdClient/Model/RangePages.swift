/// A range, page by page, all as of one revision; see ``EtcdClient/pages(of:options:pageSize:)``.
public struct RangePages: AsyncSequence, Sendable {
    /// One page; its `count` is that of the keys from this page on.
    public typealias Element = RangeResult

    let client: EtcdClient
    let range: KeyRange
    let options: RangeOptions
    let pageSize: Int64

    /// Reads from the first page.
    public func makeAsyncIterator() -> Iterator { Iterator(self) }

    /// Drives the reading: a page is read when it is asked for.
    public struct Iterator: AsyncIteratorProtocol {
        private let pages: RangePages
        private var cursor: PageCursor

        fileprivate init(_ pages: RangePages) {
            self.pages = pages
            self.cursor = PageCursor(pages.range, pages.options, pageSize: pages.pageSize)
        }

        /// The next page; `nil` after the last.
        ///
        /// - Throws: ``EtcdError``; ``EtcdError/Code/compacted`` if the revision of the first page is gone meanwhile.
        public mutating func next() async throws -> RangeResult? {
            if let error = self.cursor.error { throw error }
            guard let (range, options) = self.cursor.next else { return nil }
            let page = try await self.pages.client.range(range, options: options)
            self.cursor.received(page)
            return page
        }
    }
}

/// Which page to read next. Pure.
struct PageCursor {
    private(set) var next: (range: KeyRange, options: RangeOptions)?
    let error: EtcdError?
    /// How many keys may still be read; `nil` if there is no limit.
    private var left: Int64?
    private let pageSize: Int64

    init(_ range: KeyRange, _ options: RangeOptions, pageSize: Int64) {
        self.pageSize = max(1, pageSize)
        self.left = options.limit > 0 ? options.limit : nil
        guard options.sort.map({ $0 == (.key, .ascending) }) ?? true else {
            // The server sorts each answer by itself, so that pages in another order would not be parts of one whole.
            self.error = EtcdError(.invalidArgument, "pages come in key order: leave out the sort order", attempts: 0)
            return
        }
        self.error = nil
        var first = options
        first.limit = min(self.pageSize, self.left ?? self.pageSize)
        self.next = (range, first)
    }

    mutating func received(_ page: RangeResult) {
        guard let (range, options) = self.next else { return }
        self.next = nil
        if let left = self.left { self.left = left - Int64(page.keyValues.count) }
        guard page.more, let last = page.keyValues.last, self.left ?? 1 > 0 else { return }
        var following = options
        following.limit = min(self.pageSize, self.left ?? self.pageSize)
        if following.revision == nil { following.revision = page.revision }
        self.next = (range.after(last.key), following)
    }
}

extension KeyRange {
    /// The part of this range behind `key`.
    fileprivate func after(_ key: Key) -> KeyRange {
        let start = Key(key.bytes + [0])
        return self.isUnbounded ? .from(start) : .range(start, self.end)
    }
}
