import DisplayChannel
import Glibc
import Logging
import Slideshow

/// A whole display: everything that runs while one shows photos.
package struct DisplayProgram: Sendable {
    package struct Configuration: Sendable {
        /// The photoserver, `http://host:port`; nil has it found on this network.
        package var server: String?
        package var dataFolder: String
        /// What the display calls itself when it registers.
        package var name: String?
        /// A file with the server's one-time token for displays on its own machine.
        package var tokenFile: String?
        /// Where to note each change that reached the stage.
        package var traceFile: String?
        /// The most that cached photos may take.
        package var cacheLimitBytes: Int64
        /// Whether the `reboot` command is followed; whoever runs the program then restarts the machine.
        package var mayReboot: Bool
        /// How the screen is switched off, in the order in which it is tried.
        package var power: [PowerChoice] = PowerChoice.allCases
        /// The television's CEC adapter.
        package var cecDevice = "/dev/cec0"
        /// The desktop's name of the screen, for `wlr-randr`; nil takes its first.
        package var output: String?
        /// Where all displays of this process meet, so that one frozen screen is enough for systemd.
        package var signs = LifeSigns()

        package init(
            server: String?, dataFolder: String, name: String? = nil, tokenFile: String? = nil,
            traceFile: String? = nil, cacheLimitBytes: Int64 = 2 << 30,
            mayReboot: Bool = false
        ) {
            self.server = server
            self.dataFolder = dataFolder
            self.name = name
            self.tokenFile = tokenFile
            self.traceFile = traceFile
            self.cacheLimitBytes = cacheLimitBytes
            self.mayReboot = mayReboot
        }
    }

    package typealias LinkMaker =
        @Sendable (Credentials, ViewerFolder, any ChannelMemoryStore) throws(ViewerError) -> any DisplayLink

    private let configuration: Configuration
    private let stage: any Stage
    private let service: any PhotoService
    private let checkPhoto: @Sendable (String) throws(StageError) -> Void
    private let makeLink: LinkMaker
    private let findServer: @Sendable () async throws(ViewerError) -> String?
    private let now: @Sendable () -> Moment
    private let isClockSynchronised: @Sendable () -> Bool
    private let logger: Logger

    /// - Parameters:
    ///   - checkPhoto: Throws unless the file is a whole picture that can be shown.
    ///   - makeLink: Makes the line to the mediator that the server named.
    ///   - findServer: Asks this network for a photo server.
    package init(
        _ configuration: Configuration, stage: any Stage, service: any PhotoService,
        checkPhoto: @escaping @Sendable (String) throws(StageError) -> Void,
        makeLink: @escaping LinkMaker,
        findServer: @escaping @Sendable () async throws(ViewerError) -> String? = ServerDiscovery.find,
        now: @escaping @Sendable () -> Moment = Moment.current,
        isClockSynchronised: @escaping @Sendable () -> Bool = KernelClock.isSynchronised, logger: Logger
    ) {
        self.configuration = configuration
        self.stage = stage
        self.service = service
        self.checkPhoto = checkPhoto
        self.makeLink = makeLink
        self.findServer = findServer
        self.now = now
        self.isClockSynchronised = isClockSynchronised
        self.logger = logger
    }

    /// Shows photos until somebody quits at the stage, a command ends it, or the task is cancelled; nothing of it runs
    /// afterwards.
    ///
    /// - Returns: Why it ended; nil when it was cancelled.
    /// - Throws: ``ViewerError`` with code `storage` when the data folder cannot be used.
    package func run() async throws -> DisplayEnd? {
        let folder = try ViewerFolder(self.configuration.dataFolder, logger: self.logger)
        let cache = PhotoCache(folder, limitBytes: self.configuration.cacheLimitBytes, logger: self.logger)
        let trace: TraceLog? =
            if let file = self.configuration.traceFile { try TraceLog(file, logger: self.logger) } else { nil }
        let projector = Projector(stage: self.stage, logger: self.logger)
        let fetcher = PhotoFetcher(
            service: self.service, folder: folder, cache: cache, check: self.checkPhoto, logger: self.logger)
        let screenPictures = ScreenPictures(stage: self.stage, service: self.service, logger: self.logger)
        let power = ScreenPower(
            choices: self.configuration.power, stage: self.stage, cecDevice: self.configuration.cecDevice,
            output: self.configuration.output, logger: self.logger)
        let viewer = Viewer(
            folder: folder, cache: cache, stage: self.stage, panel: await self.stage.size(), projector: projector,
            fetcher: fetcher, screenPictures: screenPictures, screenPower: power, now: self.now,
            isClockSynchronised: self.isClockSynchronised,
            mayReboot: self.configuration.mayReboot, trace: trace, logger: self.logger)
        let signs = self.configuration.signs
        signs.add(
            lateness: { projector.lateness },
            summary: {
                let shown = await viewer.status.showing ?? "nothing"
                return "showing \(shown), frame \(self.stage.presentedFrames)"
            })
        let watchdog = Watchdog(
            lateness: { signs.lateness }, summary: { await signs.summary() }, logger: self.logger)
        let memoryGuard = MemoryGuard(limit: MemoryUse.limit(), stage: self.stage, logger: self.logger)
        let admission = Admission(
            configuration: .init(name: self.configuration.name, tokenFile: self.configuration.tokenFile),
            locator: ServerLocator(
                given: self.configuration.server, folder: folder, search: self.findServer, logger: self.logger),
            folder: folder, cache: cache, service: self.service, fetcher: fetcher, screenPictures: screenPictures,
            viewer: viewer, stage: self.stage, makeLink: self.makeLink, logger: self.logger)

        // First of all the picture: neither server nor mediator is needed for that.
        await viewer.start()
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await self.stage.run() }
            group.addTask { await watchdog.run() }
            group.addTask { throw End(why: try await viewer.nextEnd()) }
            group.addTask { await projector.run { await viewer.handle($0) } }
            group.addTask { await viewer.runClock() }
            group.addTask { await power.run { await viewer.note($0) } }
            group.addTask { if await memoryGuard.run() { throw End(why: .restart) } }
            group.addTask {
                let probe = ServerClockProbe(service: self.service, now: self.now, logger: self.logger)
                await probe.run { await viewer.follow($0) }
            }
            group.addTask {
                await fetcher.run { event in
                    if case .unauthorized = event { admission.revoked.raise() }
                    await viewer.handle(event)
                }
            }
            group.addTask {
                await screenPictures.run { request, result, reason in
                    await viewer.finish(.currentDisplay, revision: request.revision, result, reason)
                }
            }
            group.addTask { try await admission.run() }
            group.addTask {
                while !Task.isCancelled {
                    try await Task.sleep(for: .seconds(3))
                    await viewer.lookAround()
                }
            }
            group.addTask {
                for await event in self.stage.events where await viewer.handle(event) { throw End(why: .quit) }
                // The stage ends its events only with the program.
                try await Task.sleep(for: .seconds(86400 * 365))
            }
            defer { group.cancelAll() }
            do {
                while try await group.next() != nil {}
            } catch let end as End {
                self.logger.info("ending", metadata: ["why": "\(end.why)"])
                return end.why
            } catch is CancellationError {
                // What was asked for.
            }
            return nil
        }
    }

    /// Takes the group down with it.
    private struct End: Error {
        let why: DisplayEnd
    }
}

extension Moment {
    /// What this machine's clocks say now, in its own time zone.
    package static func current() -> Moment {
        var uptime = timespec()
        clock_gettime(CLOCK_MONOTONIC, &uptime)
        var wall = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        var seconds = wall.tv_sec
        var local = tm()
        localtime_r(&seconds, &local)
        return Moment(
            uptime: .seconds(uptime.tv_sec) + .nanoseconds(uptime.tv_nsec),
            wall: .seconds(wall.tv_sec) + .nanoseconds(wall.tv_nsec), offsetFromUTC: .seconds(local.tm_gmtoff))
    }
}
