import Dispatch
import EtcdStorage
import EtcdStore
import EtcdTransport
import Synchronization

/// `etcdserverpb.Watch`: streams of changes.
final class WatchService: GRPCService {
    static let name = "etcdserverpb.Watch"
    /// Beyond so many streams at once, sending is left to a thread of its own, so that the next writes need not wait.
    private static let streamsServedByTheWriter = 16

    private let context: ServiceContext
    private let messages: WatchMessages
    private let fanOut = DispatchQueue(label: "store.fan-out")
    private let streams = Mutex<[WatchStreamID: WatchStream]>([:])
    /// Watches of this server's own services.
    private let localStreams = Mutex<[WatchStreamID: @Sendable () -> Void]>([:])

    init(context: ServiceContext) {
        self.context = context
        self.messages = WatchMessages(headers: context.headers)
    }

    func provides(service name: String) -> Bool { name == Self.name }

    func handler(for path: String) -> GRPCMethod? {
        guard path == "/etcdserverpb.Watch/Watch" else { return nil }
        return .stream { [self] stream in
            let id = self.context.store.withStore { $0.openWatchStream() }
            let handler = WatchStream(stream, id: id, context: self.context, messages: self.messages) { [weak self] in
                self?.streams.withLock { $0[id] = nil }
            }
            self.streams.withLock { $0[id] = handler }
            return handler
        }
    }

    /// Opens a watch stream inside this process; `wake` is called when there is something to take from it.
    func openLocal(_ wake: @escaping @Sendable () -> Void) -> WatchStreamID {
        let id = self.context.store.withStore { $0.openWatchStream() }
        self.localStreams.withLock { $0[id] = wake }
        return id
    }

    func closeLocal(_ id: WatchStreamID) {
        self.localStreams.withLock { $0[id] = nil }
        self.context.store.withStore { $0.closeWatchStream(id) }
    }

    /// Has the streams send what the store has queued for them.
    func wake(_ ids: [WatchStreamID]) {
        let local = self.localStreams.withLock { streams in streams.isEmpty ? [] : ids.compactMap { streams[$0] } }
        for wake in local { wake() }
        let streams = self.streams.withLock { streams in ids.compactMap { streams[$0] } }
        if streams.count <= Self.streamsServedByTheWriter {
            for stream in streams { stream.pump() }
        } else {
            self.fanOut.async { for stream in streams { stream.pump() } }
        }
    }
}
