import EtcdStore
import EtcdWire
import Foundation

extension Etcdserverpb_RangeResponse {
    init(_ result: RangeResult, header: Etcdserverpb_ResponseHeader) {
        self.init()
        self.header = header
        self.kvs = result.versions.map { Mvccpb_KeyValue($0, isKeyOnly: result.isKeysOnly) }
        self.more = result.hasMore
        self.count = Int64(result.count)
    }
}

extension Etcdserverpb_PutResponse {
    init(_ result: PutResult, header: Etcdserverpb_ResponseHeader) {
        self.init()
        self.header = header
        if let previous = result.previous { self.prevKv = Mvccpb_KeyValue(previous) }
    }
}

extension Etcdserverpb_DeleteRangeResponse {
    init(_ result: DeleteResult, header: Etcdserverpb_ResponseHeader) {
        self.init()
        self.header = header
        self.deleted = Int64(result.deletedCount)
        self.prevKvs = result.previous.map { Mvccpb_KeyValue($0) }
    }
}

extension Etcdserverpb_TxnResponse {
    init(_ result: TransactionResult, header: Etcdserverpb_ResponseHeader) {
        self.init()
        self.header = header
        self.succeeded = result.succeeded
        self.responses = result.results.map { Etcdserverpb_ResponseOp($0) }
    }
}

extension Etcdserverpb_ResponseOp {
    init(_ result: TransactionResult.OperationResult) {
        self.init()
        switch result {
        case .range(let range):
            self.responseRange = Etcdserverpb_RangeResponse(
                range, header: ResponseHeaders.inner(range.headerRevision))
        case .put(let put):
            self.responsePut = Etcdserverpb_PutResponse(put, header: ResponseHeaders.inner(put.headerRevision))
        case .delete(let delete):
            self.responseDeleteRange = Etcdserverpb_DeleteRangeResponse(
                delete, header: ResponseHeaders.inner(delete.headerRevision))
        case .transaction(let nested):
            self.responseTxn = Etcdserverpb_TxnResponse(nested, header: Etcdserverpb_ResponseHeader())
        }
    }
}
