import EtcdWire

// The answers inside a transaction's answer have no header of their own worth reading: they take the outer one's.

extension PutResult {
    init(_ wire: Etcdserverpb_PutResponse, header: Etcdserverpb_ResponseHeader) {
        self.init(
            revision: Revision(header.revision), clusterID: ClusterID(header.clusterID),
            previous: wire.hasPrevKv ? KeyValue(wire.prevKv) : nil)
    }
}

extension RangeResult {
    init(_ wire: Etcdserverpb_RangeResponse, header: Etcdserverpb_ResponseHeader) {
        self.init(
            kvs: wire.kvs.map { KeyValue($0) }, revision: Revision(header.revision), count: Int(wire.count),
            more: wire.more, clusterID: ClusterID(header.clusterID))
    }
}

extension DeleteResult {
    init(_ wire: Etcdserverpb_DeleteRangeResponse, header: Etcdserverpb_ResponseHeader) {
        self.init(
            revision: Revision(header.revision), clusterID: ClusterID(header.clusterID),
            deletedCount: Int(wire.deleted), previous: wire.prevKvs.map { KeyValue($0) })
    }
}

extension TransactionResult {
    init(_ wire: Etcdserverpb_TxnResponse, header: Etcdserverpb_ResponseHeader) throws(EtcdError) {
        var results: [OperationResult] = []
        for response in wire.responses {
            switch response.response {
            case .responsePut(let put): results.append(.put(PutResult(put, header: header)))
            case .responseRange(let range): results.append(.range(RangeResult(range, header: header)))
            case .responseDeleteRange(let delete): results.append(.delete(DeleteResult(delete, header: header)))
            case .responseTxn(let txn): results.append(.transaction(try TransactionResult(txn, header: header)))
            case nil:
                throw EtcdError(
                    .protocolViolation, "a transaction's answer has a part of an unknown kind", mayHaveHappened: true)
            }
        }
        self.init(
            succeeded: wire.succeeded, results: results, revision: Revision(header.revision),
            clusterID: ClusterID(header.clusterID))
    }
}
