import EtcdWire

// The answers inside a transaction's answer have no header of their own worth reading: they take the outer one's.

extension PutResult {
    init(_ wire: Etcdserverpb_PutResponse, header: Etcdserverpb_ResponseHeader) {
        self.init(
            revision: Revision(header.revision), previous: wire.hasPrevKv ? KeyValue(wire.prevKv) : nil)
    }
}

extension RangeResult {
    init(_ wire: Etcdserverpb_RangeResponse, header: Etcdserverpb_ResponseHeader) {
        self.init(
            keyValues: wire.kvs.map { KeyValue($0) }, count: wire.count, more: wire.more,
            revision: Revision(header.revision), clusterID: ClusterID(header.clusterID))
    }
}

extension DeleteResult {
    init(_ wire: Etcdserverpb_DeleteRangeResponse, header: Etcdserverpb_ResponseHeader) {
        self.init(
            revision: Revision(header.revision), deleted: wire.deleted,
            previous: wire.prevKvs.map { KeyValue($0) })
    }
}

extension TransactionResult {
    init(_ wire: Etcdserverpb_TxnResponse, header: Etcdserverpb_ResponseHeader) throws {
        var responses: [Response] = []
        for response in wire.responses {
            switch response.response {
            case .responsePut(let put): responses.append(.put(PutResult(put, header: header)))
            case .responseRange(let range): responses.append(.range(RangeResult(range, header: header)))
            case .responseDeleteRange(let delete): responses.append(.delete(DeleteResult(delete, header: header)))
            case .responseTxn(let txn): responses.append(.transaction(try TransactionResult(txn, header: header)))
            case nil:
                throw EtcdError(
                    .badResponse, "a transaction's answer has a part of an unknown kind", mayHaveHappened: true)
            }
        }
        self.init(
            succeeded: wire.succeeded, responses: responses, revision: Revision(header.revision))
    }
}

extension KeyValue {
    init(_ wire: Mvccpb_KeyValue) {
        self.init(
            key: Key(Array(wire.key)), value: Value(Array(wire.value)), createRevision: Revision(wire.createRevision),
            modRevision: Revision(wire.modRevision), version: wire.version, lease: LeaseID(wire.lease))
    }
}

extension WatchEvent {
    init(_ wire: Mvccpb_Event) {
        self.init(
            kind: wire.type == .delete ? .delete : .put, keyValue: KeyValue(wire.kv),
            previous: wire.hasPrevKv ? KeyValue(wire.prevKv) : nil)
    }
}
