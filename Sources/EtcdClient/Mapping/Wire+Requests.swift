import EtcdWire
import Foundation

extension Etcdserverpb_PutRequest {
    init(_ key: Key, _ value: Value, lease: LeaseID?, _ options: PutOptions) {
        self.init()
        self.key = Data(key.bytes)
        self.value = Data(value.bytes)
        self.lease = lease?.rawValue ?? 0
        self.prevKv = options.previous
        self.ignoreValue = options.ignoreValue
        self.ignoreLease = options.ignoreLease
    }
}

extension Etcdserverpb_RangeRequest {
    init(_ range: KeyRange, _ options: RangeOptions) {
        self.init()
        self.key = Data(range.start.bytes)
        self.rangeEnd = Data(range.end.bytes)
        self.limit = options.limit
        self.revision = options.revision?.rawValue ?? 0
        self.serializable = options.serializable
        self.keysOnly = options.keysOnly
        self.countOnly = options.countOnly
        self.minModRevision = options.minModRevision?.rawValue ?? 0
        self.maxModRevision = options.maxModRevision?.rawValue ?? 0
        self.minCreateRevision = options.minCreateRevision?.rawValue ?? 0
        self.maxCreateRevision = options.maxCreateRevision?.rawValue ?? 0
        // The store keeps keys in ascending order: asking for that order would only make it sort again.
        guard let (target, order) = options.sort, (target, order) != (.key, .ascending) else { return }
        self.sortTarget =
            switch target {
            case .key: .key
            case .version: .version
            case .createRevision: .create
            case .modRevision: .mod
            case .value: .value
            }
        self.sortOrder = order == .ascending ? .ascend : .descend
    }
}

extension Etcdserverpb_DeleteRangeRequest {
    init(_ range: KeyRange, previous: Bool) {
        self.init()
        self.key = Data(range.start.bytes)
        self.rangeEnd = Data(range.end.bytes)
        self.prevKv = previous
    }
}

extension Etcdserverpb_TxnRequest {
    init(_ transaction: Transaction) {
        self.init()
        self.compare = transaction.compares.map { Etcdserverpb_Compare($0) }
        self.success = transaction.success.map { Etcdserverpb_RequestOp($0) }
        self.failure = transaction.failure.map { Etcdserverpb_RequestOp($0) }
    }
}

extension Etcdserverpb_RequestOp {
    fileprivate init(_ operation: Transaction.Operation) {
        self.init()
        self.request =
            switch operation {
            case .put(let key, let value, let lease, let options):
                .requestPut(Etcdserverpb_PutRequest(key, value, lease: lease, options))
            case .range(let range, let options):
                .requestRange(Etcdserverpb_RangeRequest(range, options))
            case .delete(let range, let previous):
                .requestDeleteRange(Etcdserverpb_DeleteRangeRequest(range, previous: previous))
            case .transaction(let transaction):
                .requestTxn(Etcdserverpb_TxnRequest(transaction))
            }
    }
}

extension Etcdserverpb_Compare {
    fileprivate init(_ comparison: Transaction.Compare) {
        self.init()
        self.key = Data(comparison.range.start.bytes)
        self.rangeEnd = Data(comparison.range.end.bytes)
        self.result =
            switch comparison.relation {
            case .equal: .equal
            case .notEqual: .notEqual
            case .greater: .greater
            case .less: .less
            }
        switch comparison.operand {
        case .version(let version):
            self.target = .version
            self.version = version
        case .createRevision(let revision):
            self.target = .create
            self.createRevision = revision.rawValue
        case .modRevision(let revision):
            self.target = .mod
            self.modRevision = revision.rawValue
        case .value(let value):
            self.target = .value
            self.value = Data(value.bytes)
        case .lease(let lease):
            self.target = .lease
            self.lease = lease?.rawValue ?? 0
        }
    }
}
