import EtcdStorage
import EtcdStore
import EtcdTransport
import EtcdWire
import NIOCore
import SwiftProtobuf

/// `etcdserverpb.KV`: the keys.
struct KVService: GRPCService {
    static let name = "etcdserverpb.KV"
    let context: ServiceContext

    func provides(service name: String) -> Bool { name == Self.name }

    func handler(for path: String) -> GRPCMethod? {
        switch path {
        case "/etcdserverpb.KV/Range": self.range
        case "/etcdserverpb.KV/Put": self.put
        case "/etcdserverpb.KV/DeleteRange": self.deleteRange
        case "/etcdserverpb.KV/Txn": self.txn
        case "/etcdserverpb.KV/Compact": self.compact
        default: nil
        }
    }

    /// Reads never wait for the disk: what is committed is durable, and what is not was never acknowledged.
    private var range: GRPCMethod {
        self.context.unary(Etcdserverpb_RangeRequest.self) { [context] request, info, reply in
            let operation = try RangeOperation(request)
            // Nobody waits while many keys are read: the store is held only for the moment of which they are.
            let read = try context.store.withStore { (store) throws(StoreError) in
                if store.committedAuth.isEnabled {
                    if operation.range.start.isEmpty { throw .emptyKey }
                    let user = try context.user(info, in: store.committedAuth)
                    try store.committedAuth.checkRead(operation.range, by: user)
                }
                return try store.beginRange(operation)
            }
            let result = read.run()
            reply.succeed(Etcdserverpb_RangeResponse(result, header: context.header(result.headerRevision)))
        }
    }

    private var put: GRPCMethod {
        self.context.write(
            Etcdserverpb_PutRequest.self,
            prepare: { [context] request, info in
                let operation = PutOperation(request)
                return { store, _ throws(StoreError) in
                    if store.auth.isEnabled {
                        try operation.validate()
                        try store.authorize(operation, by: try context.user(info, in: store.auth))
                    }
                    return try store.put(operation)
                }
            },
            answer: { [context] result in
                Etcdserverpb_PutResponse(result, header: context.header(result.headerRevision))
            })
    }

    private var deleteRange: GRPCMethod {
        self.context.write(
            Etcdserverpb_DeleteRangeRequest.self,
            prepare: { [context] request, info in
                let operation = DeleteOperation(request)
                return { store, _ throws(StoreError) in
                    if store.auth.isEnabled {
                        if operation.range.start.isEmpty { throw .emptyKey }
                        try store.authorize(operation, by: try context.user(info, in: store.auth))
                    }
                    return try store.delete(operation)
                }
            },
            answer: { [context] result in
                Etcdserverpb_DeleteRangeResponse(result, header: context.header(result.headerRevision))
            })
    }

    /// A transaction that cannot write is a read and is answered as one.
    private var txn: GRPCMethod {
        .unary { [context] bytes, info, reply in
            do {
                guard bytes.readableBytes <= ServiceContext.maximumRequestBytes else {
                    throw StoreError.requestTooLarge
                }
                let transaction = try Transaction(try Self.decodeTxn(bytes))
                let answer: @Sendable (TransactionResult) -> Void = { result in
                    reply.succeed(Etcdserverpb_TxnResponse(result, header: context.header(result.headerRevision)))
                }
                if transaction.isReadOnly {
                    answer(
                        try context.store.withStore { (store) throws(StoreError) in
                            if store.committedAuth.isEnabled {
                                try transaction.validate()
                                let user = try context.user(info, in: store.committedAuth)
                                try store.authorizeRead(transaction, by: user)
                            }
                            return try store.read(transaction)
                        })
                    return
                }
                context.store.submit(
                    cost: bytes.readableBytes + 256, here: reply.afterThisTurn,
                    { store, _ throws(StoreError) in
                        if store.auth.isEnabled {
                            try transaction.validate()
                            try store.authorize(transaction, by: try context.user(info, in: store.auth))
                        }
                        return try store.run(transaction)
                    },
                    completion: { result in
                        switch result {
                        case .success(let value): answer(value)
                        case .failure(let error): reply.fail(GRPCStatus(error))
                        }
                    })
            } catch {
                reply.fail(ServiceContext.status(of: error))
            }
        }
    }

    /// Deep enough for as many nested transactions as there may be operations, at two messages a level; what is
    /// deeper has too many operations for certain.
    private static let maximumMessageDepth = 2 * Transaction.operationLimit + 40

    private static func decodeTxn(_ bytes: ByteBuffer) throws -> Etcdserverpb_TxnRequest {
        var options = BinaryDecodingOptions()
        options.messageDepthLimit = Self.maximumMessageDepth
        do {
            return try Etcdserverpb_TxnRequest(serializedBytes: Array(bytes.readableBytesView), options: options)
        } catch BinaryDecodingError.messageDepthLimit {
            throw StoreError.tooManyOperations
        } catch {
            throw GRPCStatus(.internalError, "grpc: failed to unmarshal the received message: \(error)")
        }
    }

    private var compact: GRPCMethod {
        self.context.write(
            Etcdserverpb_CompactionRequest.self,
            prepare: { [context] request, info in
                let revision = Revision(request.revision)
                return { store, _ throws(StoreError) in
                    try context.requireRoot(info, in: store.auth)
                    try store.checkSound()
                    try store.compact(revision)
                    return store.head
                }
            },
            answer: { [context] (revision: Revision) in
                var response = Etcdserverpb_CompactionResponse()
                response.header = context.header(revision)
                return response
            })
    }
}
