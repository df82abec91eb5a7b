import EtcdClient

/// Reads the keys of a store over the network: all as of one revision, or each page as of now.
struct StoreReader: KeyReader {
    /// Between two bounds, so that neither many small keys nor a few large ones make a page too heavy.
    private static let pageKeys: ClosedRange<Int64> = 1...500
    private static let pageBytes = 2 << 20

    private let client: EtcdClient
    private let patience: Patience
    private let range: KeyRange
    private let revision: Revision?
    private let looksUpLeases: Bool
    private var start: Key
    private var isAtEnd = false
    private var limit: Int64 = 100
    private var knownLeases: Set<LeaseID> = []

    /// - Parameters:
    ///   - after: Only keys above this one.
    ///   - looksUpLeases: Whether pages tell of leases.
    init(
        _ client: EtcdClient, _ range: KeyRange, revision: Revision?, after: Key? = nil, looksUpLeases: Bool,
        patience: Patience
    ) {
        self.client = client
        self.range = range
        self.revision = revision
        self.looksUpLeases = looksUpLeases
        self.patience = patience
        // The key right after a key is that key and a zero byte.
        self.start = after.map { Key($0.bytes + [0]) } ?? range.start
    }

    mutating func next() async throws -> KeyPage? {
        guard !self.isAtEnd else { return nil }
        var options = RangeOptions()
        options.limit = self.limit
        options.revision = self.revision
        let (client, range) = (self.client, KeyRange.range(self.start, self.range.end))
        let result = try await self.patience.keepTrying { [options] in try await client.range(range, options: options) }
        self.isAtEnd = !result.more
        guard let last = result.keyValues.last else { return nil }
        self.start = Key(last.key.bytes + [0])
        self.adjustLimit(to: result.keyValues)
        var page = KeyPage(keyValues: result.keyValues)
        if self.looksUpLeases { try await self.lookUpLeases(of: &page) }
        return page
    }

    private mutating func adjustLimit(to page: [KeyValue]) {
        let bytes = page.reduce(0) { $0 + $1.key.bytes.count + $1.value.bytes.count }
        let fitting = Int64(Self.pageBytes / max(1, bytes / page.count))
        // Growing slowly: the keys to come may be larger.
        let wanted = min(fitting, self.limit * 2)
        self.limit = min(max(wanted, Self.pageKeys.lowerBound), Self.pageKeys.upperBound)
    }

    private mutating func lookUpLeases(of page: inout KeyPage) async throws {
        for lease in Set(page.keyValues.compactMap(\.lease)).subtracting(self.knownLeases) {
            let client = self.client
            page.leases[lease] = try await self.patience.keepTrying {
                do {
                    return LeaseTerm(granted: try await client.leaseTimeToLive(lease).granted)
                } catch let error as EtcdError where error.code == .leaseNotFound {
                    return LeaseTerm(granted: nil)
                }
            }
            self.knownLeases.insert(lease)
        }
    }
}
