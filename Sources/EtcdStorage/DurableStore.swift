import Dispatch
import EtcdStore
import Logging
import Synchronization

/// A ``Store`` that survives: writes go through one writer, which makes all that wait durable with one sync before
/// any of them is answered or seen; reads take the lock for a moment and never wait for the disk.
///
/// Whoever is at the writer's work holds `turn`: the writer's own thread, or a caller with a lone write (decision 71).
///
/// Locks: `turn` before all others. `store` and `queue` are never held together, nor over I/O. `log` belongs to whoever
/// holds `turn`, but for what the snapshot's writer notes in it.
package final class DurableStore: Sendable {
    package struct Configuration: Sendable {
        /// How many revisions stay readable; older ones are compacted away.
        package var retainedRevisions: Int64 = 10_000
        /// The logs are replaced by a snapshot when they are this large, or as large as the last snapshot.
        package var rewriteBytes = 4 << 20
        /// Room is made in the log by so much at a time, so that a sync need not change the file's length; 0 makes none.
        package var roomBytes = 1 << 20
        package var queuedWritesMaximum = 16_384
        package var queuedBytesMaximum = 64 << 20
        package var batchBytesMaximum = 8 << 20
        /// While a sync takes longer than this, on the average, no caller's thread is used for it.
        package var quickSync = Duration.milliseconds(1)

        package init() {}
    }

    /// What the writer is in the middle of besides writing.
    private struct Rewrite: Sendable {
        var isRunning = false
        var snapshotByteCount: Int
        /// As after the last append; asking the log itself could mean waiting for the disk.
        var logByteCount: Int
        /// No rewrite is tried before the logs have this size: after a failure, later.
        var nextAttemptBytes: Int
        var waiters: [@Sendable (Bool) -> Void] = []
    }

    private let configuration: Configuration
    private let files: any LogFiles
    private let makeNumber: @Sendable () -> UInt64
    private let now: @Sendable () -> Duration
    private let logger: Logger
    private let store: Mutex<Store>
    private let queue: Mutex<WriteQueue>
    private let log: Mutex<StoreLog>
    private let rewrite: Mutex<Rewrite>
    private let observers = Mutex(Observers())
    private let turn = Mutex(())
    /// How long appending and syncing took lately, in nanoseconds.
    private let averageSync = Atomic(0)
    private let writer = DispatchQueue(label: "store.writer")
    private let snapshotWriter = DispatchQueue(label: "store.snapshot")

    private struct Observers: Sendable {
        var wake: (@Sendable ([WatchStreamID]) -> Void)?
        var failure: StorageError?
        var onFailure: (@Sendable (StorageError) -> Void)?
    }

    /// Recovers the store that `files` holds, or begins one.
    ///
    /// - Parameters:
    ///   - now: A monotonic clock, by which leases run out.
    ///   - makeNumber: Random numbers: the store's identity, and the salts of its files.
    /// - Throws: ``StorageError``; its message says what to do.
    package init(
        files: any LogFiles, configuration: Configuration = .init(), now: @escaping @Sendable () -> Duration,
        makeNumber: @escaping @Sendable () -> UInt64, logger: Logger
    ) throws(StorageError) {
        self.configuration = configuration
        self.files = files
        self.makeNumber = makeNumber
        self.now = now
        self.logger = logger
        let recovery = StoreRecovery(
            files: files, roomBytes: configuration.roomBytes, makeNumber: makeNumber, logger: logger)
        let recovered = try recovery.recover(now: now())
        self.store = Mutex(recovered.store)
        self.log = Mutex(recovered.log)
        self.queue = Mutex(
            WriteQueue(
                countLimit: configuration.queuedWritesMaximum, costLimit: configuration.queuedBytesMaximum))
        self.rewrite = Mutex(
            Rewrite(
                snapshotByteCount: recovered.snapshotByteCount, logByteCount: recovered.log.byteCount,
                nextAttemptBytes: 0))
    }

    /// Sets who is told that watch streams have something to send. Called from the writer.
    package func onWake(_ wake: @escaping @Sendable ([WatchStreamID]) -> Void) {
        self.observers.withLock { $0.wake = wake }
    }

    /// Sets who is told, once, that the disk failed. After that every write is refused.
    package func onFailure(_ body: @escaping @Sendable (StorageError) -> Void) {
        let failure = self.observers.withLock { observers in
            observers.onFailure = body
            return observers.failure
        }
        if let failure { body(failure) }
    }

    /// Lends the store for a read or for the watch calls. Writes go through ``submit(cost:_:completion:)``.
    package func withStore<Result: Sendable, Failure: Error>(
        _ body: (inout Store) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try self.store.withLock { (store) throws(Failure) in try body(&store) }
    }

    /// Queues a write, or a read that must see the writes before it, and answers once that is durable.
    ///
    /// - Parameters:
    ///   - cost: About how many bytes the request holds on to.
    ///   - here: Has work done on the caller's thread, as soon as what else has arrived there has been submitted. If given,
    ///     a lone write on a quick disk is carried out there instead of waking the writer's thread.
    ///   - body: Carries it out at the store's head; gets the instant of the clock.
    ///   - completion: Called once, from any thread. `stopped` means that the write may have happened or not.
    package func submit<Value: Sendable>(
        cost: Int = 256, here: ((@escaping @Sendable () -> Void) -> Void)? = nil,
        _ body: @escaping @Sendable (inout Store, Duration) throws(StoreError) -> Value,
        completion: @escaping @Sendable (Result<Value, StoreError>) -> Void
    ) {
        let job = WriteJob(
            apply: { store, now in
                let result: Result<Value, StoreError>
                do throws(StoreError) {
                    result = .success(try body(&store, now))
                } catch {
                    result = .failure(error)
                }
                return { completion(result) }
            },
            refuse: { completion(.failure($0)) },
            cost: cost)
        switch self.queue.withLock({ $0.append(job) }) {
        case .first:
            if let here, self.isDiskQuick {
                here { self.carryOutLone() }
            } else {
                self.writer.async { self.drain() }
            }
        case .queued: break
        case .refused(let error): job.refuse(error)
        }
    }

    /// Shows, in the log, that what was written last was finished. Call it now and then while nothing is written.
    package func mark() {
        self.onWriter {
            guard self.observers.withLock({ $0.failure }) == nil else { return }
            do throws(StorageError) {
                try self.log.withLock { (log) throws(StorageError) in try log.mark() }
            } catch {
                // Half a mark would make the next frame unreadable.
                self.fail(error)
            }
        }
    }

    /// Waits for all admitted writes, then lets go of the folder. Call it once; nothing may be called after it.
    package func close() async {
        self.queue.withLock { $0.close() }
        await withCheckedContinuation { continuation in
            self.writer.async { self.drain() }
            self.onWriter {
                if self.observers.withLock({ $0.failure }) == nil {
                    do throws(StorageError) {
                        try self.log.withLock { (log) throws(StorageError) in try log.mark() }
                    } catch {
                        self.fail(error)
                    }
                }
                continuation.resume()
            }
        }
        await withCheckedContinuation { continuation in
            self.snapshotWriter.async { continuation.resume() }
        }
        self.files.release()
    }

    /// How many bytes the store takes on disk.
    package var diskByteCount: Int {
        self.rewrite.withLock { $0.logByteCount + $0.snapshotByteCount }
    }

    /// Replaces the logs by a snapshot now. `completion` is called once, with whether that worked.
    package func rewriteNow(completion: @escaping @Sendable (Bool) -> Void) {
        self.onWriter {
            self.rewrite.withLock { $0.waiters.append(completion) }
            self.beginRewrite()
        }
    }

    /// Writes all the store holds now into a file beside it. `completion` is called once, from any thread.
    package func makeBackup(completion: @escaping @Sendable (Result<StoreBackup, StorageError>) -> Void) {
        // In a turn of its own, when nothing is half done.
        self.onWriter {
            guard self.observers.withLock({ $0.failure }) == nil else {
                return completion(.failure(StorageError(.failed, "The store has failed.")))
            }
            let snapshot = self.store.withLock { $0.snapshot() }
            self.snapshotWriter.async {
                let number = self.makeNumber()
                do throws(StorageError) {
                    completion(
                        .success(
                            try SnapshotFile.writeBackup(
                                snapshot, name: "backup-\(number)" + StoreFileName.unfinishedSuffix, salt: number,
                                to: self.files)))
                } catch {
                    completion(.failure(error))
                }
            }
        }
    }

    // MARK: The writer

    private func onWriter(_ work: @escaping @Sendable () -> Void) {
        self.writer.async { self.turn.withLock { _ in work() } }
    }

    private func drain() {
        let limit = self.configuration.batchBytesMaximum
        while true {
            let hadWork = self.turn.withLock { _ in
                let batch = self.queue.withLock { $0.takeBatch(costLimit: limit) }
                if batch.isEmpty { return false }
                self.carryOut(batch)
                self.tidy()
                return true
            }
            guard hadWork else { return }
        }
    }

    private var isDiskQuick: Bool {
        .nanoseconds(self.averageSync.load(ordering: .relaxed)) <= self.configuration.quickSync
    }

    /// Carries out the one write that waits, and leaves whatever else there is to the writer's thread.
    private func carryOutLone() {
        let isDone = self.turn.withLockIfAvailable { _ in
            // None at all: the store was closed meanwhile, and it was carried out before that.
            guard let job = self.queue.withLock({ $0.takeLone() }) else { return self.queue.withLock { $0.isIdle } }
            self.carryOut([job])
            let isTidy = self.isTidy
            return self.queue.withLock { $0.rest(isTidy) }
        }
        if isDone != true { self.writer.async { self.goOn() } }
    }

    /// What ``carryOutLone()`` left.
    private func goOn() {
        // A store that was closed meanwhile has let go of its folder.
        if !self.queue.withLock({ $0.isClosed }) { self.turn.withLock { _ in self.tidy() } }
        self.drain()
    }

    private var isTidy: Bool {
        !self.store.withLock { $0.hasCompacted } && !self.isRewriteDue(self.log.withLock { $0.byteCount })
    }

    private func isRewriteDue(_ logByteCount: Int) -> Bool {
        self.rewrite.withLock { rewrite in
            rewrite.logByteCount = logByteCount
            return logByteCount
                > max(self.configuration.rewriteBytes, rewrite.snapshotByteCount, rewrite.nextAttemptBytes)
        }
    }

    private func carryOut(_ batch: [WriteJob]) {
        let now = self.now()
        let retained = self.configuration.retainedRevisions
        let (answers, records) = self.store.withLock { store in
            let answers = batch.map { $0.apply(&store, now) }
            store.compactIfDue(retained: retained)
            return (answers, store.takeRecords())
        }
        if self.observers.withLock({ $0.failure }) == nil, !records.isEmpty {
            let begun = self.now()
            do throws(StorageError) {
                try self.log.withLock { (log) throws(StorageError) in try log.append(records) }
                self.note(self.now() - begun)
            } catch {
                self.fail(error)
            }
        }
        // After a failure nothing is shown: nobody knows what of it is on the disk.
        guard self.observers.withLock({ $0.failure }) == nil else {
            for job in batch { job.refuse(.stopped) }
            return
        }
        let woken = self.store.withLock { $0.commit() }
        for answer in answers { answer() }
        if !woken.isEmpty { self.observers.withLock { $0.wake }?(woken) }
    }

    private func note(_ taken: Duration) {
        let average = self.averageSync.load(ordering: .relaxed)
        let taken = Int(min(taken, .seconds(10)) / .nanoseconds(1))
        self.averageSync.store(average + (taken - average) / 8, ordering: .relaxed)
    }

    private func fail(_ error: StorageError) {
        self.logger.critical("the store cannot write", metadata: ["error": "\(error)"])
        self.queue.withLock { $0.close() }
        let onFailure = self.observers.withLock { observers in
            observers.failure = error
            return observers.onFailure
        }
        onFailure?(error)
    }

    /// Work that no client waits for: dropping what is compacted, a piece a batch, and keeping the logs short.
    private func tidy() {
        var hasMore = true
        repeat {
            hasMore = self.store.withLock { $0.dropCompacted(limit: 2_000) }
        } while hasMore && self.queue.withLock { $0.isIdle }
        if self.isRewriteDue(self.log.withLock { $0.byteCount }) { self.beginRewrite() }
    }

    // MARK: Replacing the logs by a snapshot

    /// Goes on in a new log and has a snapshot of everything before it written elsewhere, so that no writer waits.
    private func beginRewrite() {
        let isFailed = self.observers.withLock { $0.failure } != nil
        guard !isFailed else { return self.endRewrite(.failure(StorageError(.failed, "The store has failed."))) }
        guard self.rewrite.withLock({ !$0.isRunning }) else { return }
        let snapshot = self.store.withLock { $0.snapshot() }
        let number: UInt64
        let olderLogBytes: Int
        do throws(StorageError) {
            (number, olderLogBytes) = try self.log.withLock { (log) throws(StorageError) in
                let bytes = log.byteCount
                try log.rotate(base: snapshot.appliedIndex)
                return (log.number, bytes)
            }
        } catch {
            // A log that is neither there nor not there must not be written around.
            return self.fail(error)
        }
        self.rewrite.withLock { $0.isRunning = true }
        self.snapshotWriter.async {
            var outcome: Result<Int, StorageError>
            do throws(StorageError) {
                let size = try SnapshotFile.write(
                    snapshot, number: number, salt: self.makeNumber(), to: self.files)
                outcome = .success(size)
                self.log.withLock { $0.noteSnapshot(olderLogBytes: olderLogBytes) }
                try StoreLog.removeFiles(before: number, from: self.files)
            } catch {
                outcome = .failure(error)
            }
            self.endRewrite(outcome)
        }
    }

    private func endRewrite(_ outcome: Result<Int, StorageError>) {
        let logBytes = self.log.withLock { $0.byteCount }
        let waiters = self.rewrite.withLock { rewrite in
            rewrite.isRunning = false
            rewrite.logByteCount = logBytes
            switch outcome {
            case .success(let size):
                rewrite.snapshotByteCount = size
                rewrite.nextAttemptBytes = 0
            case .failure:
                rewrite.nextAttemptBytes = logBytes + self.configuration.rewriteBytes
            }
            defer { rewrite.waiters = [] }
            return rewrite.waiters
        }
        switch outcome {
        case .success:
            for waiter in waiters { waiter(true) }
        case .failure(let error):
            // Not fatal: the logs hold everything, they are only longer than they need to be.
            self.logger.error("the log could not be rewritten", metadata: ["error": "\(error)"])
            for waiter in waiters { waiter(false) }
        }
    }
}
