import EtcdWire
import NIOCore

/// Which watches a stream carries, and under which numbers the server knows them. Pure.
///
/// The server's answer to a create does not say which create it answers. So there is one unanswered create at a time.
struct WatchLedger {
    /// Whom a response is for.
    enum Route: Equatable {
        case created(Int)
        /// The create was answered with a refusal.
        case refused(Int)
        /// Events or progress of one watch.
        case watch(Int)
        /// The server ended the watch.
        case canceled(Int)
        /// Progress of all watches of the stream.
        case broadcast
        /// A watch that nobody wants any more: the server is to be told.
        case unwanted(watchID: Int64)
        case ignored
    }

    private struct Active {
        let watchID: Int64
        /// How many watches had been created before on this stream.
        let serial: Int
    }

    private static let broadcastID: Int64 = -1
    private static let maximumRequests = 16

    private var queue = CircularBuffer<Int>(initialCapacity: 1)
    private var queued: Set<Int> = []
    private var pending: Int?
    private var isPendingWanted = true
    private var active: [Int: Active] = [:]
    private var owners: [Int64: Int] = [:]
    private var leaving: Set<Int64> = []
    private var serial = 0
    /// For each progress request without an answer, the serial when it was sent.
    private var progressRequests = CircularBuffer<Int>(initialCapacity: 1)

    var isAwaitingCreated: Bool { self.pending != nil }

    /// A watch wants to be created.
    mutating func add(_ watch: Int) {
        if self.queued.insert(watch).inserted { self.queue.append(watch) }
    }

    /// A watch leaves.
    ///
    /// - Returns: The number to cancel at the server. A watch whose create is under way is cancelled once it is answered.
    mutating func remove(_ watch: Int) -> Int64? {
        self.queued.remove(watch)
        if self.pending == watch { self.isPendingWanted = false }
        guard let active = self.active.removeValue(forKey: watch) else { return nil }
        self.owners[active.watchID] = nil
        self.leaving.insert(active.watchID)
        return active.watchID
    }

    /// The watch to create now, if one waits and no create is unanswered.
    mutating func nextCreate() -> Int? {
        guard self.pending == nil else { return nil }
        while let watch = self.queue.popFirst() {
            guard self.queued.remove(watch) != nil else { continue }
            self.pending = watch
            self.isPendingWanted = true
            return watch
        }
        return nil
    }

    /// The stream is a new one, which knows of nothing: all watches have to be created again.
    mutating func streamOpened() {
        let lost = self.active.keys.sorted()
        if let pending = self.pending, self.isPendingWanted { self.add(pending) }
        self.pending = nil
        self.active = [:]
        self.owners = [:]
        self.leaving = []
        self.serial = 0
        self.progressRequests.removeAll()
        for watch in lost { self.add(watch) }
    }

    /// A progress request is about to be sent; `false` if too many are unanswered.
    mutating func requestProgress() -> Bool {
        guard self.progressRequests.count < Self.maximumRequests else { return false }
        self.progressRequests.append(self.serial)
        return true
    }

    /// The watches that a broadcast report is about: those created before it was asked for. The server may have made it
    /// before it knew of a later one, and have sent it after that one's answer.
    mutating func takeBroadcast() -> [Int] {
        guard let serial = self.progressRequests.popFirst() else { return [] }
        return self.active.filter { $0.value.serial < serial }.map(\.key)
    }

    mutating func route(_ response: Etcdserverpb_WatchResponse) -> Route {
        if response.created { return self.answered(response) }
        if response.canceled {
            self.leaving.remove(response.watchID)
            guard let watch = self.owners.removeValue(forKey: response.watchID) else { return .ignored }
            self.active[watch] = nil
            return .canceled(watch)
        }
        if response.watchID == Self.broadcastID { return .broadcast }
        if let watch = self.owners[response.watchID] { return .watch(watch) }
        return self.leaving.insert(response.watchID).inserted ? .unwanted(watchID: response.watchID) : .ignored
    }

    private mutating func answered(_ response: Etcdserverpb_WatchResponse) -> Route {
        guard let watch = self.pending else {
            return response.canceled ? .ignored : .unwanted(watchID: response.watchID)
        }
        self.pending = nil
        guard !response.canceled else { return self.isPendingWanted ? .refused(watch) : .ignored }
        guard self.isPendingWanted else {
            self.leaving.insert(response.watchID)
            return .unwanted(watchID: response.watchID)
        }
        self.active[watch] = Active(watchID: response.watchID, serial: self.serial)
        self.owners[response.watchID] = watch
        self.serial += 1
        return .created(watch)
    }
}
