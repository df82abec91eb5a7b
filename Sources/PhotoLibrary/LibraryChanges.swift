import Synchronization

/// The changes of a library as they are committed, coalesced. One subscriber each; ends when the library is closed or
/// the waiting task is cancelled.
package struct LibraryChanges: AsyncSequence, Sendable {
    package typealias Element = LibraryChange
    let subscriber: LibraryChangeSubscriber

    package func makeAsyncIterator() -> Iterator {
        Iterator(subscriber: self.subscriber, signals: self.subscriber.signals.makeAsyncIterator())
    }

    package struct Iterator: AsyncIteratorProtocol {
        let subscriber: LibraryChangeSubscriber
        var signals: AsyncStream<Void>.Iterator

        /// What changed since the last call; waits for the next change where there was none.
        package mutating func next() async -> LibraryChange? {
            while await self.signals.next() != nil {
                let change = self.subscriber.take()
                if !change.isEmpty { return change }
            }
            return nil
        }
    }
}

/// One subscriber's pending change. The signal holds one element at most: it only says that there is something to take.
final class LibraryChangeSubscriber: Sendable {
    let signals: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation
    private let pending = Mutex(LibraryChange())

    init() {
        (self.signals, self.continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func add(_ change: LibraryChange) {
        self.pending.withLock { $0.merge(change) }
        self.continuation.yield()
    }

    func take() -> LibraryChange {
        self.pending.withLock { pending in
            defer { pending = LibraryChange() }
            return pending
        }
    }

    func finish() { self.continuation.finish() }
}

/// Tells every subscriber about every commit.
final class LibraryChangeHub: Sendable {
    private struct State {
        var subscribers: [WeakSubscriber] = []
        var isFinished = false
    }

    /// Weak, so that a sequence that nobody iterates any more unsubscribes by being dropped.
    private struct WeakSubscriber: Sendable {
        weak let subscriber: LibraryChangeSubscriber?
    }

    private let state = Mutex(State())

    func subscribe() -> LibraryChanges {
        let subscriber = LibraryChangeSubscriber()
        let isFinished = self.state.withLock { state in
            state.subscribers.removeAll { $0.subscriber == nil }
            state.subscribers.append(WeakSubscriber(subscriber: subscriber))
            return state.isFinished
        }
        if isFinished { subscriber.finish() }
        return LibraryChanges(subscriber: subscriber)
    }

    /// Call it after the commit: who reacts must find the change in the database.
    func post(_ change: LibraryChange) {
        guard !change.isEmpty else { return }
        for entry in self.state.withLock({ $0.subscribers }) { entry.subscriber?.add(change) }
    }

    func finish() {
        let subscribers = self.state.withLock { state in
            state.isFinished = true
            return state.subscribers
        }
        for entry in subscribers { entry.subscriber?.finish() }
    }
}
