import DisplayChannel
import Logging
import Synchronization

/// Switches the screen off and on by whatever works here, and sees that it stays as it was told.
///
/// The picture is black before and while the screen is off, whether anything else works or not.
final class ScreenPower: Sendable {
    /// What is known of the methods, for people.
    struct Report: Hashable, Sendable {
        /// Those that worked, in the order in which they were tried; painting black last.
        var methods: [String]
        /// What went wrong, if nothing but painting black worked although it should have.
        var trouble: String?
    }

    /// So that the last frame is black before the signal goes.
    private static let grace: Duration = .milliseconds(300)

    private let methods: [any PowerMethod]
    private let isBlackChosen: Bool
    private let checkInterval: Duration
    private let logger: Logger
    private let wanted = Mutex<Bool?>(nil)
    private let changed = Signal()

    /// - Parameters:
    ///   - methods: In the order in which they are tried.
    ///   - isBlackChosen: Whether painting black may do when none of them works.
    ///   - checkInterval: How often a screen that was switched off is asked whether it still is.
    init(
        methods: [any PowerMethod], isBlackChosen: Bool = true, checkInterval: Duration = .seconds(30), logger: Logger
    ) {
        self.methods = methods
        self.isBlackChosen = isBlackChosen
        self.checkInterval = checkInterval
        self.logger = logger
    }

    /// Says whether the screen shall be on from now on. Never waits.
    func want(_ isOn: Bool) {
        let isNews = self.wanted.withLock { wanted in
            defer { wanted = isOn }
            return wanted != isOn
        }
        if isNews { self.changed.raise() }
    }

    /// Switches until cancelled; then the screen is switched on again, for whoever uses it next.
    func run(_ report: @Sendable (Report) async -> Void) async {
        var isOn: Bool?
        var working: [any PowerMethod] = []
        while !Task.isCancelled {
            switch (self.wanted.withLock { $0 }, isOn) {
            case (nil, _), (true, true): await self.changed.wait()
            case (true, nil):
                // An earlier run of this program may have left it asleep.
                isOn = true
                await self.wakeSleepers()
            case (true, false):
                isOn = true
                await report(await self.wake(by: working))
            case (false, false):
                await self.changed.wait(within: self.checkInterval)
                if self.wanted.withLock({ $0 }) == false { await self.keepOff(working) }
            case (false, _):
                try? await Task.sleep(for: Self.grace)  // throws only when cancelled
                guard !Task.isCancelled, self.wanted.withLock({ $0 }) == false else { continue }
                isOn = false
                let trouble: String?
                (working, trouble) = await self.switchOff()
                await report(self.report(working, trouble, "the screen is off"))
            }
        }
        // This task is cancelled, and switching on must not be.
        if isOn == false { await Task.detached { [working] in _ = await self.wake(by: working) }.value }
    }

    /// - Returns: The methods that worked, and why none did although painting black was not to do.
    private func switchOff() async -> ([any PowerMethod], String?) {
        var worked: [any PowerMethod] = []
        var reasons: [String] = []
        for method in self.methods {
            // One that cuts the signal is enough; a television is told besides.
            if method.cutsSignal, worked.contains(where: \.cutsSignal) { continue }
            do throws(ViewerError) {
                try await method.set(false)
                worked.append(method)
            } catch {
                reasons.append("\(method.name): \(error)")
            }
        }
        if !reasons.isEmpty {
            self.logger.debug("ways to switch the screen that do not work", metadata: ["why": "\(reasons)"])
        }
        let isEnough = !worked.isEmpty || self.isBlackChosen
        return (worked, isEnough ? nil : "the screen cannot be switched off: \(reasons.joined(separator: "; "))")
    }

    private func wake(by methods: [any PowerMethod]) async -> Report {
        var reasons: [String] = []
        for method in methods {
            do throws(ViewerError) {
                try await method.set(true)
            } catch {
                reasons.append("\(method.name): \(error)")
            }
        }
        let trouble = reasons.isEmpty ? nil : "the screen could not be woken by \(reasons.joined(separator: "; "))"
        return self.report(methods, trouble, "the screen is on")
    }

    private func wakeSleepers() async {
        for method in self.methods where await method.isOn() == false {
            do throws(ViewerError) {
                try await method.set(true)
                self.logger.notice("the screen was found asleep and is woken", metadata: ["by": "\(method.name)"])
            } catch {
                self.logger.warning("the screen stays asleep", metadata: ["by": "\(method.name)", "error": "\(error)"])
            }
        }
    }

    private func report(_ worked: [any PowerMethod], _ trouble: String?, _ what: Logger.Message) -> Report {
        let names = worked.map(\.name) + (worked.isEmpty && self.isBlackChosen ? [PowerChoice.black.rawValue] : [])
        self.logger.info(what, metadata: ["by": "\(names.joined(separator: ", "))"])
        return Report(methods: names, trouble: trouble)
    }

    /// Televisions wake by themselves: at their own update, at a power cut's end, at a neighbour's signal.
    private func keepOff(_ working: [any PowerMethod]) async {
        for method in working where await method.isOn() == true {
            guard self.wanted.withLock({ $0 }) == false else { return }
            self.logger.notice(
                "the screen woke by itself and is switched off again", metadata: ["by": "\(method.name)"])
            do throws(ViewerError) {
                try await method.set(false)
            } catch {
                self.logger.warning("the screen stays on", metadata: ["by": "\(method.name)", "error": "\(error)"])
            }
        }
    }
}

extension ScreenPower {
    /// The methods that `choices` name, for a stage.
    convenience init(
        choices: [PowerChoice], stage: any Stage, cecDevice: String, output: String?, logger: Logger
    ) {
        let methods = choices.compactMap { choice -> (any PowerMethod)? in
            switch choice {
            case .dpms: PanelPower(stage: stage)
            case .cec: CECPower(device: cecDevice)
            case .wlrRandr: WlrRandrPower(output: output)
            case .black: nil
            }
        }
        self.init(methods: methods, isBlackChosen: choices.contains(.black), logger: logger)
    }
}
