import EtcdStore
import EtcdWire
import Foundation

// Between the messages of the wire and the types of the store, without any rule of etcd's.

extension Bytes {
    init(_ data: Data) { self.init([UInt8](data)) }
}

extension Data {
    init(_ bytes: Bytes) { self.init(bytes.array) }
}

extension RangeOperation {
    /// - Throws: `invalidSortOption` for an order or target that etcd does not have.
    init(_ request: Etcdserverpb_RangeRequest) throws(StoreError) {
        let order: RangeOperation.Order
        switch request.sortOrder {
        case .none: order = .none
        case .ascend: order = .ascending
        case .descend: order = .descending
        case .UNRECOGNIZED: throw .invalidSortOption
        }
        let target: RangeOperation.Target
        switch request.sortTarget {
        case .key: target = .key
        case .version: target = .version
        case .create: target = .createRevision
        case .mod: target = .modRevision
        case .value: target = .value
        case .UNRECOGNIZED: throw .invalidSortOption
        }
        self.init(
            KeyRange(key: Bytes(request.key), rangeEnd: Bytes(request.rangeEnd)), limit: request.limit,
            revision: Revision(request.revision), order: order, target: target, isKeysOnly: request.keysOnly,
            isCountOnly: request.countOnly, minModRevision: request.minModRevision,
            maxModRevision: request.maxModRevision, minCreateRevision: request.minCreateRevision,
            maxCreateRevision: request.maxCreateRevision)
    }
}

extension PutOperation {
    init(_ request: Etcdserverpb_PutRequest) {
        self.init(
            Bytes(request.key), Bytes(request.value), lease: LeaseID(request.lease), wantsPrevious: request.prevKv,
            keepsValue: request.ignoreValue, keepsLease: request.ignoreLease)
    }
}

extension DeleteOperation {
    init(_ request: Etcdserverpb_DeleteRangeRequest) {
        self.init(
            KeyRange(key: Bytes(request.key), rangeEnd: Bytes(request.rangeEnd)), wantsPrevious: request.prevKv)
    }
}

extension Comparison {
    init(_ compare: Etcdserverpb_Compare) {
        let target: Comparison.Target
        switch compare.target {
        // A target that etcd does not have compares as the first it has.
        case .version, .UNRECOGNIZED: target = .version(compare.version)
        case .create: target = .createRevision(compare.createRevision)
        case .mod: target = .modRevision(compare.modRevision)
        case .value: target = .value(Bytes(compare.value))
        case .lease: target = .lease(compare.lease)
        }
        let relation: Comparison.Relation
        switch compare.result {
        case .equal, .UNRECOGNIZED: relation = .equal
        case .greater: relation = .greater
        case .less: relation = .less
        case .notEqual: relation = .notEqual
        }
        self.init(KeyRange(key: Bytes(compare.key), rangeEnd: Bytes(compare.rangeEnd)), relation, target)
    }
}

extension Transaction {
    init(_ request: Etcdserverpb_TxnRequest) throws(StoreError) {
        self.init(
            if: request.compare.map { Comparison($0) },
            then: try Self.operations(request.success),
            else: try Self.operations(request.failure))
    }

    private static func operations(_ requests: [Etcdserverpb_RequestOp]) throws(StoreError) -> [Operation] {
        var operations: [Operation] = []
        operations.reserveCapacity(requests.count)
        for request in requests {
            switch request.request {
            case .requestRange(let range): operations.append(.range(try RangeOperation(range)))
            case .requestPut(let put): operations.append(.put(PutOperation(put)))
            case .requestDeleteRange(let delete): operations.append(.delete(DeleteOperation(delete)))
            case .requestTxn(let nested): operations.append(.transaction(try Transaction(nested)))
            case nil: operations.append(.missing)
            }
        }
        return operations
    }
}

extension WatchRequest {
    init(_ request: Etcdserverpb_WatchCreateRequest) {
        // A watch, unlike all else, takes an empty key for "from the first key on".
        let key = request.key.isEmpty ? Bytes([0]) : Bytes(request.key)
        self.init(
            KeyRange(key: key, rangeEnd: Bytes(request.rangeEnd)), startRevision: Revision(request.startRevision),
            watchID: request.watchID, wantsPrevious: request.prevKv, wantsProgress: request.progressNotify,
            wantsFragments: request.fragment, skipsPuts: request.filters.contains(.noput),
            skipsDeletes: request.filters.contains(.nodelete))
    }
}

extension Mvccpb_KeyValue {
    init(_ version: KeyVersion, isKeyOnly: Bool = false) {
        self.init()
        self.key = Data(version.key)
        self.modRevision = version.modRevision.number
        // Of a deleted key only the key and the revision are told.
        guard !version.isTombstone else { return }
        self.createRevision = version.createRevision.number
        self.version = version.version
        self.lease = version.lease.number
        if !isKeyOnly { self.value = Data(version.value) }
    }
}

extension AuthPermission {
    /// - Throws: `invalidAuthManagement` for a kind of access that etcd does not have.
    init(_ permission: Authpb_Permission) throws(StoreError) {
        guard let access = Access(rawValue: permission.permType.rawValue) else { throw .invalidAuthManagement }
        self.init(access, KeyRange(key: Bytes(permission.key), rangeEnd: Bytes(permission.rangeEnd)))
    }
}

extension Authpb_Permission {
    init(_ permission: AuthPermission) {
        self.init()
        self.permType = Authpb_Permission.TypeEnum(rawValue: permission.access.rawValue) ?? .read
        self.key = Data(permission.range.start)
        self.rangeEnd = Data(permission.range.rangeEnd)
    }
}
