import EtcdWire
import Foundation

extension Etcdserverpb_PutRequest {
    init(_ key: Key, _ value: Value, lease: LeaseID?, _ options: PutOptions) {
        self.init()
        self.key = Data(key.bytes)
        self.value = Data(value.bytes)
        self.lease = lease?.number ?? 0
        self.prevKv = options.returnsPrevious
        self.ignoreValue = options.keepsValue
        self.ignoreLease = options.keepsLease
    }
}

extension Etcdserverpb_RangeRequest {
    init(_ range: KeyRange, _ options: RangeOptions) {
        self.init()
        self.key = Data(range.start)
        self.rangeEnd = Data(range.end)
        self.limit = Int64(options.limit ?? 0)
        self.revision = options.revision?.number ?? 0
        self.serializable = options.isSerializable
        self.keysOnly = options.keysOnly
        self.countOnly = options.countOnly
        self.minModRevision = options.minModRevision?.number ?? 0
        self.maxModRevision = options.maxModRevision?.number ?? 0
        self.minCreateRevision = options.minCreateRevision?.number ?? 0
        self.maxCreateRevision = options.maxCreateRevision?.number ?? 0
        self.sortTarget =
            switch options.sortTarget {
            case .key: .key
            case .version: .version
            case .createRevision: .create
            case .modRevision: .mod
            case .value: .value
            }
        // The store keeps keys in ascending order: asking for that order would only make it sort again.
        self.sortOrder =
            switch (options.sortTarget, options.sortOrder) {
            case (.key, .ascending): .none
            case (_, .ascending): .ascend
            case (_, .descending): .descend
            }
    }
}

extension Etcdserverpb_DeleteRangeRequest {
    init(_ range: KeyRange, returnsPrevious: Bool) {
        self.init()
        self.key = Data(range.start)
        self.rangeEnd = Data(range.end)
        self.prevKv = returnsPrevious
    }
}

extension Etcdserverpb_TxnRequest {
    init(_ transaction: Transaction) {
        self.init()
        self.compare = transaction.comparisons.map { Etcdserverpb_Compare($0) }
        self.success = transaction.success.map { Etcdserverpb_RequestOp($0) }
        self.failure = transaction.failure.map { Etcdserverpb_RequestOp($0) }
    }
}

extension Etcdserverpb_RequestOp {
    fileprivate init(_ operation: Transaction.Operation) {
        self.init()
        self.request =
            switch operation.kind {
            case .put(let key, let value, let lease, let options):
                .requestPut(Etcdserverpb_PutRequest(key, value, lease: lease, options))
            case .range(let range, let options):
                .requestRange(Etcdserverpb_RangeRequest(range, options))
            case .delete(let range, let returnsPrevious):
                .requestDeleteRange(Etcdserverpb_DeleteRangeRequest(range, returnsPrevious: returnsPrevious))
            case .transaction(let transaction):
                .requestTxn(Etcdserverpb_TxnRequest(transaction))
            }
    }
}

extension Etcdserverpb_Compare {
    fileprivate init(_ comparison: Transaction.Comparison) {
        self.init()
        self.key = Data(comparison.range.start)
        self.rangeEnd = Data(comparison.range.end)
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
            self.createRevision = revision.number
        case .modRevision(let revision):
            self.target = .mod
            self.modRevision = revision.number
        case .value(let value):
            self.target = .value
            self.value = Data(value.bytes)
        case .lease(let lease):
            self.target = .lease
            self.lease = lease?.number ?? 0
        }
    }
}
