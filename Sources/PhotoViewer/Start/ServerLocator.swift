import DisplayChannel
import Logging

/// Which photo server this display belongs to: the one it was told, else the one it found before, else the one it
/// finds now.
struct ServerLocator: Sendable {
    private struct Kept: Codable { var server: String }

    /// `--server`.
    let given: String?
    let folder: ViewerFolder
    /// Nil when nobody answers.
    let search: @Sendable () async throws(ViewerError) -> String?
    let logger: Logger

    /// Whether another server may be found in this one's place.
    var mayMove: Bool { self.given == nil }

    /// Known without asking anybody.
    var known: String? {
        self.given ?? self.folder.read(Kept.self, from: self.folder.serverFile)?.server
    }

    /// Searches once.
    ///
    /// - Returns: The server, or why there is none.
    func find() async -> Result<String, ViewerError> {
        do throws(ViewerError) {
            guard let server = try await self.search() else {
                return .failure(ViewerError(.notFound, "No photo server announces itself on this network"))
            }
            self.logger.info("a photo server was found", metadata: ["server": "\(server)"])
            return .success(server)
        } catch {
            return .failure(error)
        }
    }

    /// Keeps a found server for the next start: the one that admitted this display, not just any that answered.
    func keep(_ server: String) {
        guard self.given == nil, self.known != server else { return }
        do throws(ViewerError) {
            try self.folder.write(Kept(server: server), to: self.folder.serverFile)
        } catch {
            self.logger.warning("the server's address is not kept", metadata: ["error": "\(error)"])
        }
    }
}
