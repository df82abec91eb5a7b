import CSys
import Logging

/// Keeps the program below its memory limit: what can be made again is let go in time, and when that is not enough the
/// program starts anew, with the same photo, before the kernel would kill it.
struct MemoryGuard: Sendable {
    enum Pressure: Hashable, Sendable { case none, high, critical }

    private static let interval: Duration = .seconds(5)

    /// Bytes; nil when there is no limit, which leaves the guard without work.
    let limit: Int64?
    let use: @Sendable () -> Int64?
    let stage: any Stage
    let logger: Logger

    init(
        limit: Int64?, use: @escaping @Sendable () -> Int64? = { MemoryUse.unevictable() }, stage: any Stage,
        logger: Logger
    ) {
        self.limit = limit
        self.use = use
        self.stage = stage
        self.logger = logger
    }

    /// High from four fifths of the limit on, critical from 95 %.
    static func pressure(use: Int64, limit: Int64) -> Pressure {
        if use >= limit / 100 * 95 { return .critical }
        return use >= limit / 10 * 8 ? .high : .none
    }

    /// Watches until cancelled, or until only a new start helps.
    ///
    /// - Returns: Whether the program shall start anew.
    func run(interval: Duration = Self.interval) async -> Bool {
        guard let limit = self.limit else { return false }
        while !Task.isCancelled {
            try? await Task.sleep(for: interval)  // throws only when cancelled
            guard !Task.isCancelled, let use = self.use() else { continue }
            guard Self.pressure(use: use, limit: limit) != .none else { continue }
            await self.stage.trim()
            csys_trim_memory()
            let rest = self.use() ?? 0
            self.logger.warning(
                "memory is short; what can be made again was let go",
                metadata: ["limit": "\(limit)", "before": "\(use)", "after": "\(rest)"])
            if Self.pressure(use: rest, limit: limit) == .critical { return true }
        }
        return false
    }
}
