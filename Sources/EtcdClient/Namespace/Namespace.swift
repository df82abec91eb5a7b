import EtcdWire
import Foundation
import SwiftProtobuf

/// The keys that begin with a prefix, under the names that are left without it.
///
/// It works on what goes over the wire, so that nothing above it can forget it.
struct Namespace: Sendable {
    let prefix: Data
    private let end: Data

    init(_ prefix: Key) {
        self.prefix = Data(prefix.bytes)
        self.end = Data(KeyRange.prefix(prefix).end.bytes)
    }

    /// What a request asks for, in the names of the store.
    func outward<Request: Message>(_ request: Request) -> Request {
        guard var named = request as? any NamespacedRequest else { return request }
        named.enter(self)
        return named as? Request ?? request
    }

    /// What an answer tells, in the names of the namespace.
    func inward<Response: Message>(_ response: Response) -> Response {
        guard var named = response as? any NamespacedResponse else { return response }
        named.leave(self)
        return named as? Response ?? response
    }

    /// An empty key stays empty: the store refuses it, as it does without a namespace.
    fileprivate func add(to key: inout Data) {
        if !key.isEmpty { key = self.prefix + key }
    }

    fileprivate func add(to key: inout Data, _ rangeEnd: inout Data) {
        self.add(to: &key)
        if rangeEnd == Data([0]) {
            // "No upper end" becomes the end of the namespace.
            rangeEnd = self.end
        } else {
            self.add(to: &rangeEnd)
        }
    }

    fileprivate func remove(from keyValue: inout Mvccpb_KeyValue) {
        keyValue.key = keyValue.key.dropPrefix(self.prefix)
    }
}

extension Data {
    fileprivate func dropPrefix(_ prefix: Data) -> Data {
        self.starts(with: prefix) ? Data(self.dropFirst(prefix.count)) : self
    }
}

/// A request that names keys.
private protocol NamespacedRequest: Message {
    mutating func enter(_ namespace: Namespace)
}

/// An answer that names keys.
private protocol NamespacedResponse: Message {
    mutating func leave(_ namespace: Namespace)
}

extension Etcdserverpb_PutRequest: NamespacedRequest {
    mutating func enter(_ namespace: Namespace) { namespace.add(to: &self.key) }
}

extension Etcdserverpb_RangeRequest: NamespacedRequest {
    mutating func enter(_ namespace: Namespace) { namespace.add(to: &self.key, &self.rangeEnd) }
}

extension Etcdserverpb_DeleteRangeRequest: NamespacedRequest {
    mutating func enter(_ namespace: Namespace) { namespace.add(to: &self.key, &self.rangeEnd) }
}

extension Etcdserverpb_WatchCreateRequest: NamespacedRequest {
    mutating func enter(_ namespace: Namespace) { namespace.add(to: &self.key, &self.rangeEnd) }
}

extension Etcdserverpb_TxnRequest: NamespacedRequest {
    mutating func enter(_ namespace: Namespace) {
        for index in self.compare.indices {
            var compare = self.compare[index]
            namespace.add(to: &compare.key, &compare.rangeEnd)
            self.compare[index] = compare
        }
        for index in self.success.indices { self.success[index].enter(namespace) }
        for index in self.failure.indices { self.failure[index].enter(namespace) }
    }
}

extension Etcdserverpb_RequestOp: NamespacedRequest {
    mutating func enter(_ namespace: Namespace) {
        switch self.request {
        case .requestPut(let put): self.request = .requestPut(namespace.outward(put))
        case .requestRange(let range): self.request = .requestRange(namespace.outward(range))
        case .requestDeleteRange(let delete): self.request = .requestDeleteRange(namespace.outward(delete))
        case .requestTxn(let transaction): self.request = .requestTxn(namespace.outward(transaction))
        case nil: break
        }
    }
}

extension Etcdserverpb_PutResponse: NamespacedResponse {
    mutating func leave(_ namespace: Namespace) {
        if self.hasPrevKv { namespace.remove(from: &self.prevKv) }
    }
}

extension Etcdserverpb_RangeResponse: NamespacedResponse {
    mutating func leave(_ namespace: Namespace) {
        for index in self.kvs.indices { namespace.remove(from: &self.kvs[index]) }
    }
}

extension Etcdserverpb_DeleteRangeResponse: NamespacedResponse {
    mutating func leave(_ namespace: Namespace) {
        for index in self.prevKvs.indices { namespace.remove(from: &self.prevKvs[index]) }
    }
}

extension Etcdserverpb_TxnResponse: NamespacedResponse {
    mutating func leave(_ namespace: Namespace) {
        for index in self.responses.indices {
            switch self.responses[index].response {
            case .responsePut(let put): self.responses[index].response = .responsePut(namespace.inward(put))
            case .responseRange(let range): self.responses[index].response = .responseRange(namespace.inward(range))
            case .responseDeleteRange(let delete):
                self.responses[index].response = .responseDeleteRange(namespace.inward(delete))
            case .responseTxn(let transaction):
                self.responses[index].response = .responseTxn(namespace.inward(transaction))
            case nil: break
            }
        }
    }
}

extension Etcdserverpb_LeaseTimeToLiveResponse: NamespacedResponse {
    mutating func leave(_ namespace: Namespace) {
        self.keys = self.keys.filter { $0.starts(with: namespace.prefix) }.map { $0.dropPrefix(namespace.prefix) }
    }
}

extension Etcdserverpb_WatchResponse: NamespacedResponse {
    mutating func leave(_ namespace: Namespace) {
        for index in self.events.indices {
            namespace.remove(from: &self.events[index].kv)
            if self.events[index].hasPrevKv { namespace.remove(from: &self.events[index].prevKv) }
        }
    }
}
