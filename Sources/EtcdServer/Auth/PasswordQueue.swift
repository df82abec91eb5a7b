import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Work on passwords, which is slow on purpose: one piece at a time on a thread of its own, behind all other threads in
/// rank, and from a queue that is bounded and takes the addresses it comes from in turn. So nobody who tries passwords
/// can hold up the store, nor keep others from logging in.
final class PasswordQueue: Sendable {
    private struct State: Sendable {
        /// What waits, by the address it came from.
        var waiting: [String: [@Sendable () -> Void]] = [:]
        /// The addresses with something waiting, the next in turn first.
        var turns: [String] = []
        var count = 0
        var isBusy = false
    }

    private let limit: Int
    private let limitPerAddress: Int
    private let state = Mutex(State())
    private let thread = NIOThreadPool(numberOfThreads: 1)

    init(limit: Int = 4_096, limitPerAddress: Int = 1_024) {
        self.limit = limit
        self.limitPerAddress = limitPerAddress
        self.thread.start()
        #if canImport(Glibc)
            // On Linux a thread has a rank of its own; 0 is the one that asks.
            self.thread.submit { _ in _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 5) }
        #endif
    }

    deinit { self.thread.shutdownGracefully { _ in } }

    /// Does `work` when its turn comes; `false` if too much waits already.
    func add(from address: String, _ work: @escaping @Sendable () -> Void) -> Bool {
        enum Admission { case refused, first, queued }
        let host = address.lastIndex(of: ":").map { String(address[..<$0]) } ?? address
        let admission = self.state.withLock { state -> Admission in
            let waiting = state.waiting[host]?.count ?? 0
            guard state.count < self.limit, waiting < self.limitPerAddress else { return .refused }
            if waiting == 0 { state.turns.append(host) }
            state.waiting[host, default: []].append(work)
            state.count += 1
            defer { state.isBusy = true }
            return state.isBusy ? .queued : .first
        }
        if case .first = admission { self.thread.submit { [weak self] _ in self?.drain() } }
        if case .refused = admission { return false }
        return true
    }

    private func drain() {
        while let work = self.next() { work() }
    }

    private func next() -> (@Sendable () -> Void)? {
        self.state.withLock { state in
            guard !state.turns.isEmpty else {
                state.isBusy = false
                return nil
            }
            let host = state.turns.removeFirst()
            guard var waiting = state.waiting[host], !waiting.isEmpty else { return nil }
            let work = waiting.removeFirst()
            state.waiting[host] = waiting.isEmpty ? nil : waiting
            if !waiting.isEmpty { state.turns.append(host) }
            state.count -= 1
            return work
        }
    }
}
