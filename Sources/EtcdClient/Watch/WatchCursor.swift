import EtcdWire

/// Where a watch is in the history, and what each answer of the server means for it. Pure.
///
/// It guards the promises of ``WatchBatch``: whole revisions, in order, none lost and none twice, over any number of
/// streams.
struct WatchCursor {
    /// What an answer means.
    enum Outcome {
        /// Nothing to deliver.
        case none
        /// The server has accepted the watch, with a batch without events for those who want to know.
        case created(WatchBatch)
        case batch(WatchBatch)
        /// Everything up to a revision has been told.
        case progress(WatchBatch)
        /// The server's revision is below one that is already known: it lags behind, or it is not the store it was.
        case doubtfulHistory
        /// The server ended the watch for a reason that may pass.
        case interrupted(reason: String)
        case failed(EtcdError)
    }

    /// Where the next stream starts; `nil` until the server has said where "now" is.
    private(set) var resumeRevision: Revision?
    /// Events below are repetitions.
    private var firstUndelivered: Revision?
    private var clusterID: ClusterID?
    private var createdRevision = Revision(0)
    private var fragments: [WatchEvent] = []
    /// How many events came again and were dropped.
    private(set) var repetitions = 0

    init(from: Revision?) {
        // Zero and below mean "from now on" on the wire, and not the beginning of history.
        let from = from.map { max($0, Revision(1)) }
        self.resumeRevision = from
        self.firstUndelivered = from
    }

    /// A new stream begins: what the last one left unfinished is void.
    mutating func streamOpened() {
        self.fragments = []
    }

    mutating func receive(_ response: Etcdserverpb_WatchResponse) -> Outcome {
        if response.canceled { return self.canceled(response) }
        if response.created { return self.created(response.header) }
        guard !response.events.isEmpty || response.fragment || !self.fragments.isEmpty else {
            return self.progressed(to: Revision(response.header.revision))
        }
        self.fragments += response.events.map { WatchEvent($0) }
        return response.fragment ? .none : self.deliver(response.header)
    }

    private mutating func created(_ header: Etcdserverpb_ResponseHeader) -> Outcome {
        let clusterID = ClusterID(header.clusterID)
        if let known = self.clusterID, known != clusterID {
            return .failed(
                EtcdError(.historyChanged, "another cluster answers: \(clusterID) instead of \(known)"))
        }
        self.clusterID = clusterID
        self.createdRevision = Revision(header.revision)
        guard let resume = self.resumeRevision else {
            // This revision itself, not the next: the server may have looked it up after it began to watch, and an
            // event told twice is better than one not told.
            self.resumeRevision = self.createdRevision
            return .created(self.batchWithoutEvents(of: clusterID, at: self.createdRevision))
        }
        return self.createdRevision.next < resume
            ? .doubtfulHistory : .created(self.batchWithoutEvents(of: clusterID, at: Revision(resume.rawValue - 1)))
    }

    private mutating func deliver(_ header: Etcdserverpb_ResponseHeader) -> Outcome {
        var events = self.fragments
        self.fragments = []
        if let first = self.firstUndelivered {
            let count = events.count
            events.removeAll { $0.keyValue.modRevision < first }
            self.repetitions += count - events.count
        }
        guard let last = events.last?.keyValue.modRevision else { return .none }
        self.resumeRevision = last.next
        self.firstUndelivered = last.next
        let revision = max(Revision(header.revision), last)
        return .batch(
            WatchBatch(
                events: events, revision: revision, createdRevision: self.createdRevision,
                clusterID: ClusterID(header.clusterID)))
    }

    /// A report of this very watch, or one of the whole stream from a server that is known to send it after all events.
    ///
    /// It moves the place to resume at, so that a quiet watch outlives compactions. It never makes an event a repetition.
    mutating func progressed(to revision: Revision) -> Outcome {
        guard let clusterID = self.clusterID, let resume = self.resumeRevision, self.fragments.isEmpty else {
            return .none
        }
        if revision.next > resume { self.resumeRevision = revision.next }
        return .progress(self.batchWithoutEvents(of: clusterID, at: revision))
    }

    private func batchWithoutEvents(of clusterID: ClusterID, at revision: Revision) -> WatchBatch {
        WatchBatch(events: [], revision: revision, createdRevision: self.createdRevision, clusterID: clusterID)
    }

    private func canceled(_ response: Etcdserverpb_WatchResponse) -> Outcome {
        let reason = response.cancelReason
        if response.compactRevision != 0 {
            return .failed(
                EtcdError(
                    .compacted, "the watched history is compacted; it was to go on at revision \(self.resumeText)",
                    compactRevision: Revision(response.compactRevision)))
        }
        guard !reason.isEmpty, !reason.contains("no leader") else { return .interrupted(reason: reason) }
        return .failed(EtcdError(EtcdError.Code(quotedIn: reason) ?? .watchRefused, reason))
    }

    private var resumeText: String { self.resumeRevision.map { "\($0)" } ?? "now" }
}
