import EtcdStorage
import EtcdStore
import EtcdTransport
import Synchronization

/// `etcdserverpb.Watch`: streams of changes.
final class WatchService: GRPCService {
    static let name = "etcdserverpb.Watch"
    private let context: ServiceContext
    private let streams = Mutex<[WatchStreamID: WatchStream]>([:])

    init(context: ServiceContext) { self.context = context }

    func provides(service name: String) -> Bool { name == Self.name }

    func handler(for path: String) -> GRPCMethod? {
        guard path == "/etcdserverpb.Watch/Watch" else { return nil }
        return .stream { [self] stream in
            let id = self.context.store.withStore { $0.openWatchStream() }
            let handler = WatchStream(stream, id: id, context: self.context) { [weak self] in
                self?.streams.withLock { $0[id] = nil }
            }
            self.streams.withLock { $0[id] = handler }
            return handler
        }
    }

    /// Has the streams send what the store has queued for them.
    func wake(_ ids: [WatchStreamID]) {
        let streams = self.streams.withLock { streams in ids.compactMap { streams[$0] } }
        for stream in streams { stream.pump() }
    }
}
