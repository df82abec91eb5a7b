#if DEBUG
    import Foundation
    import PhotoServer
    import Synchronization

    #if canImport(Glibc)
        import Glibc
    #endif

    /// Has this process die at a step of its work, for tests of what a crash leaves behind. Not in release builds.
    enum KillStep {
        /// Reads `VITRINE_KILL_AT=publishPut:3`: at the third time that the server comes there it is gone, as by SIGKILL.
        static var fromEnvironment: (@Sendable (ServerStep) -> Void)? {
            guard let text = ProcessInfo.processInfo.environment["VITRINE_KILL_AT"] else { return nil }
            let parts = text.split(separator: ":")
            guard let step = parts.first.flatMap({ ServerStep(rawValue: String($0)) }) else { return nil }
            let turn = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
            let countdown = Countdown(turn)
            return { if $0 == step, countdown.isOver() { _ = kill(getpid(), SIGKILL) } }
        }

        private final class Countdown: Sendable {
            private let left: Atomic<Int>

            init(_ turns: Int) { self.left = Atomic(turns) }

            func isOver() -> Bool { self.left.subtract(1, ordering: .relaxed).newValue == 0 }
        }
    }
#endif
