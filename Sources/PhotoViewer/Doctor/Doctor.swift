import Logging

/// Looks at everything a display needs, changes nothing, and says how to mend what is wrong.
package struct Doctor: Sendable {
    private let folder: ViewerFolder
    private let service: HTTPPhotoService
    private let server: String?
    private let cacheLimitBytes: Int64
    private let checkPhoto: @Sendable (String) throws(StageError) -> Void
    private let logger: Logger

    /// - Parameters:
    ///   - server: Its address; nil takes the one found before, or finds one now.
    ///   - checkPhoto: Throws unless the file is a whole picture that can be shown.
    package init(
        folder: ViewerFolder, service: HTTPPhotoService, server: String?, cacheLimitBytes: Int64,
        checkPhoto: @escaping @Sendable (String) throws(StageError) -> Void, logger: Logger
    ) {
        self.folder = folder
        self.service = service
        self.server = server
        self.cacheLimitBytes = cacheLimitBytes
        self.checkPhoto = checkPhoto
        self.logger = logger
    }

    /// Everything found, in the order in which it is worth mending. Takes half a minute when nothing answers.
    package func findings() async -> [Finding] {
        let credentials = self.folder.read(Credentials.self, from: self.folder.credentialsFile)
        var findings = [
            MachineChecks.clock(), MachineChecks.storage(self.folder.path), MachineChecks.network(),
            MachineChecks.screen(), MachineChecks.permissions(),
        ]
        findings += await self.serverChecks()
        findings.append(Self.admission(credentials))
        if let credentials { findings.append(await self.mediatorCheck(credentials)) }
        findings.append(self.cacheCheck())
        return findings
    }

    private func serverChecks() async -> [Finding] {
        let locator = ServerLocator(
            given: self.server, folder: self.folder, search: ServerDiscovery.find, logger: self.logger)
        var address = locator.known
        if address == nil {
            switch await locator.find() {
            case .success(let found): address = found
            case .failure(let error):
                return [
                    Finding(
                        "server", .failure, "no photo server is known: \(error)",
                        remedy: "Start photoserver on this network, or give its address with --server.")
                ]
            }
        }
        guard let address else { return [] }
        do throws(ViewerError) {
            try self.service.use(server: address)
            try await self.service.checkHealth()
        } catch {
            return [
                Finding(
                    "server", .failure, "\(address) does not answer: \(error)",
                    remedy:
                        "See that photoserver runs there and listens beyond its own machine, and that --server is right."
                )
            ]
        }
        return [Finding("server", .ok, "\(address) answers")] + [await self.offsetCheck()].compactMap { $0 }
    }

    /// Screens that change together, and pictures asked for by time, need clocks that agree.
    private func offsetCheck() async -> Finding? {
        let asked = Duration.nanoseconds(Int64(WallClock.nanoseconds()))
        let started = ContinuousClock.now
        guard let server = try? await self.service.time() else { return nil }
        let here = asked + started.duration(to: .now) / 2
        let ahead = Int(((here - server) / .milliseconds(1)).rounded())
        let text = "this clock is \(ahead) ms ahead of the server's"
        guard abs(ahead) > 2000 else { return Finding("offset", .ok, text) }
        return Finding("offset", .warning, text, remedy: "Have the time kept on both: timedatectl set-ntp true.")
    }

    private static func admission(_ credentials: Credentials?) -> Finding {
        guard let credentials else {
            return Finding(
                "admission", .warning, "this display has not been admitted by a server yet",
                remedy: "Start photoviewer run and type the code that it shows on the server's page.")
        }
        return Finding("admission", .ok, "admitted as \(credentials.display.id)")
    }

    private func mediatorCheck(_ credentials: Credentials) async -> Finding {
        let endpoints = credentials.etcd.endpoints.joined(separator: ", ")
        do {
            let revision = try await EtcdLink.probe(credentials, folder: self.folder, logger: self.logger)
            return Finding("etcd", .ok, "\(endpoints) answers, at revision \(revision)")
        } catch {
            return Finding(
                "etcd", .failure, "\(endpoints) cannot be read: \(error)",
                remedy:
                    "See that this address can be reached from here; photoserver's --display-etcd-endpoints sets it.")
        }
    }

    /// A damaged photo is fetched again when its turn comes, so it is no more than a warning.
    private func cacheCheck() -> Finding {
        let cache = PhotoCache(
            self.folder, limitBytes: self.cacheLimitBytes, cleans: false, logger: self.logger)
        let files = cache.files
        var damaged = 0
        for file in files {
            do throws(StageError) {
                try PhotoFile.check(file)
                try self.checkPhoto(file)
            } catch {
                damaged += 1
            }
        }
        let text = "\(files.count) photos in \(cache.bytes >> 20) MB"
        guard damaged == 0 else {
            return Finding(
                "cache", .warning, "\(text), \(damaged) of them damaged",
                remedy: "They are fetched again by themselves; if it goes on, the disk or SD card is failing.")
        }
        guard !files.isEmpty else { return Finding("cache", .warning, "no photos are kept here yet") }
        return Finding("cache", .ok, text)
    }
}
