import Logging

/// Looks at everything a display needs, changes nothing, and says how to mend what is wrong.
package struct Doctor: Sendable {
    private let folder: ViewerFolder
    private let service: HTTPPhotoService
    private let server: String
    private let cacheLimitBytes: Int64
    private let checkPhoto: @Sendable (String) throws(StageError) -> Void
    private let logger: Logger

    /// - Parameter checkPhoto: Throws unless the file is a whole picture that can be shown.
    package init(
        folder: ViewerFolder, service: HTTPPhotoService, server: String, cacheLimitBytes: Int64,
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
            MachineChecks.screen(),
        ]
        findings.append(await self.serverCheck())
        findings.append(Self.admission(credentials))
        if let credentials { findings.append(await self.mediatorCheck(credentials)) }
        findings.append(self.cacheCheck())
        return findings
    }

    private func serverCheck() async -> Finding {
        do throws(ViewerError) {
            try await self.service.checkHealth()
            return Finding("server", .ok, "\(self.server) answers")
        } catch {
            return Finding(
                "server", .failure, "\(self.server) does not answer: \(error)",
                remedy:
                    "See that photoserver runs there and listens beyond its own machine, and that --server is right."
            )
        }
    }

    private static func admission(_ credentials: Credentials?) -> Finding {
        guard let credentials else {
            return Finding(
                "admission", .warning, "this display has not been admitted by a server yet",
                remedy: "Start photoviewer run and approve the display on the server's page.")
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
        let cache = PhotoCache(self.folder, limitBytes: self.cacheLimitBytes, logger: self.logger)
        let files = cache.files
        var damaged = 0
        for file in files {
            do throws(StageError) {
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
