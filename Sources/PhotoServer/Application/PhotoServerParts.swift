import DisplayChannel
import EtcdClient
import Hummingbird
import Logging
import PhotoLibrary
import Renditions
import ServiceLifecycle

/// The parts of a photo server, put together once. The only place that knows all of them.
struct PhotoServerParts: Sendable {
    let library: PhotoLibrary
    let accounts: Accounts
    let site: Site
    let client: EtcdClient
    let users: MediatorUsers
    let board: FleetBoard
    let hub: EventHub
    let publisher: Publisher
    let schedules: ScheduleKeeper
    let clock: WallClock
    let upkeep: MediatorUpkeep
    let localToken: LocalDisplayToken
    let admission: DisplayAdmission
    let logins: DisplayLogins
    let displayHub: DisplayEventHub
    let statuses: ReportedStatuses
    let pictures: ScreenPictures
    let pages: PageRenderer
    /// Everything that runs beside HTTP, in the order of starting; stopped the other way round.
    let services: [any Service]
    private let requests = RequestMetrics()
    private let commands: CommandSender
    private let notices: SecurityNotices
    /// Present where displays of the older system are let in.
    private let legacy: LegacyController?
    private let observe: @Sendable (ServerStep) -> Void
    private let endpoints: DisplayEndpoints

    init(_ configuration: PhotoServerConfiguration, logger: Logger) async throws {
        let data = configuration.dataDirectory
        let library = try await PhotoLibrary(
            directory: data, renditions: RenditionPool(worker: configuration.worker),
            maximumCacheBytes: configuration.cacheBytes, now: configuration.clock.now, logger: logger)
        let mediator = try await Mediator(configuration, logger: logger)
        let client = mediator.client
        let follower = FleetFollower(client: client, logger: logger)
        let hub = EventHub()
        let board = FleetBoard(
            library: library, follower: follower, hub: hub, observe: configuration.observe, logger: logger)
        let localToken = LocalDisplayToken(dataDirectory: data)
        let logins = try DisplayLogins(users: mediator.users, dataDirectory: data, logger: logger)

        self.library = library
        self.client = client
        self.users = mediator.users
        self.hub = hub
        self.board = board
        self.localToken = localToken
        self.logins = logins
        self.site = Site(publicURL: configuration.publicURL, hasTLS: configuration.tls != nil)
        self.accounts = Accounts(
            library: library, hasher: PasswordHasher(parameters: configuration.scrypt), dataDirectory: data,
            logger: logger)
        self.observe = configuration.observe
        self.publisher = Publisher(
            library: library, store: DisplayStateStore(client: client, logins: logins), limits: configuration.publisher,
            observe: configuration.observe,
            logger: logger
        ) { board.published($0) }
        self.upkeep = MediatorUpkeep(
            client: client, library: library, quota: mediator.quota, hub: hub, pace: configuration.upkeep,
            logger: logger)
        self.admission = DisplayAdmission(
            library: library, logins: logins, localToken: localToken, defaultAlbum: configuration.defaultAlbum,
            logger: logger)
        self.pictures = ScreenPictures()
        self.displayHub = DisplayEventHub(client: client, library: library, logger: logger)
        self.statuses = ReportedStatuses(client: client, logger: logger)
        self.pages = try PageRenderer()
        self.clock = configuration.clock
        self.schedules = ScheduleKeeper(library: library, clock: configuration.clock, logger: logger)
        self.commands = CommandSender(client: client)
        self.notices = SecurityNotices(
            users: mediator.store == nil ? mediator.users : nil,
            allowsLegacyDisplays: configuration.allowsLegacyDisplays, logger: logger)
        let guests =
            configuration.allowsLegacyDisplays
            ? LegacyGuests(library: library, logins: logins, hasAddress: mediator.store != nil, logger: logger) : nil
        self.legacy = guests.map {
            LegacyController(library: library, guests: $0, defaultAlbum: configuration.defaultAlbum, logger: logger)
        }
        self.endpoints = mediator.endpoints
        try await board.load()
        var services: [any Service] = []
        if let store = mediator.store { services.append(store) }
        services += [
            client, RunningService { try await follower.run() }, board, self.publisher, self.schedules, hub,
            self.displayHub, self.notices, self.upkeep,
        ]
        if let guests { services.append(guests) }
        services += Self.housekeeping(library, watchedFolder: configuration.watchedFolder, logger: logger)
        self.services = services
    }

    /// What goes on in the library beside requests. What fails is said and tried again: a folder that is not mounted yet,
    /// or a full disk, must not end the server.
    private static func housekeeping(_ library: PhotoLibrary, watchedFolder: String?, logger: Logger) -> [any Service] {
        var works: [@Sendable () async throws -> Void] = [
            { try await library.keepRenditionsReady() }, { try await library.keepBinShort() },
            { try await library.keepCacheSmall() }, { try await library.takeHandOvers() },
        ]
        if let watchedFolder { works.append { try await library.watch(folder: watchedFolder) } }
        return works.map { work in
            RunningService {
                while !Task.isCancelled {
                    do {
                        return try await work()
                    } catch let error as CancellationError {
                        throw error
                    } catch {
                        logger.error("housekeeping failed and will be tried again", metadata: ["error": "\(error)"])
                        try await Task.sleep(for: .seconds(30))
                    }
                }
            }
        }
    }

    /// All routes. Whoever adds one chooses its group, and with the group who may use it.
    func router() -> Router<PhotoServerRequestContext> {
        let router = Router(context: PhotoServerRequestContext.self, options: .autoGenerateHeadEndpoints)
        router.add(middleware: RequestMetricsMiddleware(metrics: self.requests))
        router.add(middleware: SecurityHeadersMiddleware(site: self.site))
        router.add(middleware: ErrorMiddleware(pages: self.pages))
        router.add(middleware: AllowedMethodsMiddleware())

        // For everybody.
        router.get("health") { _, _ in try Response.json(HealthView()) }
        ReadyController(library: self.library, board: self.board).addRoutes(to: router)
        StaticFiles().addRoutes(to: router)
        self.legacy?.addRoutes(to: router)

        let session = SessionMiddleware(accounts: self.accounts, site: self.site)
        let visitors = router.group().add(middleware: session)
        AccountPages(accounts: self.accounts, site: self.site, pages: self.pages).addRoutes(to: visitors)
        GuestPages(library: self.library, pages: self.pages).addRoutes(to: visitors)

        // Pages for people who are signed in.
        let people = router.group().add(middleware: session).add(middleware: SignInRedirectMiddleware())
            .group(context: BrowserContext.self).add(middleware: AccessMiddleware())
        PagesController(
            library: self.library, board: self.board, hub: self.hub, upkeep: self.upkeep, notices: self.notices,
            pages: self.pages, site: self.site
        ).addRoutes(to: people)
        GroupPages(library: self.library, board: self.board, pages: self.pages).addRoutes(to: people)
        let description = DescriptionController(site: self.site, pages: self.pages)
        description.addPage(to: people)

        MetricsController(library: self.library, board: self.board, requests: self.requests).addRoutes(
            to: router.group().add(middleware: session).group(context: BrowserContext.self)
                .add(middleware: AccessMiddleware()))

        let api = router.group("api/v1")
        self.addBrowserAPI(to: api, session: session, description: description)
        self.addDisplayAPI(to: api)
        return router
    }

    private func addBrowserAPI(
        to api: RouterGroup<PhotoServerRequestContext>, session: SessionMiddleware, description: DescriptionController
    ) {
        let sessions = SessionController(accounts: self.accounts, site: self.site)
        sessions.addPublicRoutes(to: api.group().add(middleware: RequestCheckMiddleware()))
        let people = api.group().add(middleware: session).group(context: BrowserContext.self)
            .add(middleware: CSRFMiddleware(site: self.site)).add(middleware: AccessMiddleware())
            .add(middleware: RequestCheckMiddleware())
            .add(middleware: IdempotencyMiddleware(library: self.library))
            .add(middleware: ConditionalRequestMiddleware(library: self.library))
            .add(middleware: AuditMiddleware(library: self.library, site: self.site))
        description.addRoutes(to: people)
        sessions.addRoutes(to: people)
        EventsController(
            board: self.board, hub: self.hub, upkeep: self.upkeep, accounts: self.accounts
        ).addRoutes(to: people)
        DisplaysController(
            library: self.library, board: self.board, commands: self.commands, pictures: self.pictures,
            observe: self.observe
        ).addRoutes(to: people)
        PairingController(admission: self.admission, board: self.board, site: self.site).addRoutes(to: people)
        GroupsController(library: self.library, board: self.board).addRoutes(to: people)
        ScheduleController(library: self.library, board: self.board, clock: self.clock).addRoutes(to: people)
        HistoryController(library: self.library).addRoutes(to: people)
        AlbumsController(library: self.library).addRoutes(to: people)
        PhotosController(library: self.library).addRoutes(to: people)
        OrderController(library: self.library).addRoutes(to: people)
        UploadsController(library: self.library).addRoutes(to: people)
        UploadLinksController(library: self.library, site: self.site).addRoutes(to: people)
        UsersController(accounts: self.accounts, library: self.library, site: self.site).addRoutes(to: people)
        TokensController(accounts: self.accounts, library: self.library).addRoutes(to: people)
        SessionsController(library: self.library).addRoutes(to: people)
        AuditController(library: self.library).addRoutes(to: people)
        let guests = api.group().add(middleware: GuestMiddleware(library: self.library))
            .group(context: GuestContext.self).add(middleware: RequestCheckMiddleware())
        GuestController(library: self.library).addRoutes(to: guests)
    }

    private func addDisplayAPI(to api: RouterGroup<PhotoServerRequestContext>) {
        RegistrationController(admission: self.admission, endpoints: self.endpoints, site: self.site)
            .addRoutes(to: api.group().add(middleware: RequestCheckMiddleware()))
        let displays = api.group().add(middleware: DisplayTokenMiddleware(library: self.library))
            .group(context: DisplayContext.self).add(middleware: RequestCheckMiddleware())
        DisplayContentController(library: self.library, pictures: self.pictures).addRoutes(to: displays)
        DisplayEventsController(
            library: self.library, client: self.client, hub: self.displayHub, statuses: self.statuses, site: self.site
        ).addRoutes(to: displays)
    }
}

/// A piece of work that runs until it is cancelled, as a service.
private struct RunningService: Service {
    let work: @Sendable () async throws -> Void

    func run() async throws {
        try await cancelWhenGracefulShutdown {
            do {
                try await self.work()
            } catch is CancellationError {
                // That is how it ends.
            }
        }
    }
}
