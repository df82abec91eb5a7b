import Foundation
import Logging
import ServiceLifecycle
import Synchronization

/// Tells this network where the server is (DNS-SD, RFC 6763), through avahi, so that displays find it without being told.
///
/// Nobody has to find it for anything to work: without avahi it says so once, and displays take `--server`.
struct Announcer: Service {
    static let serviceType = "_photoserver._tcp"
    private static let tool = "avahi-publish-service"
    /// The daemon may be started later than this server, or anew.
    private static let retry: Duration = .seconds(30)

    let port: Int
    let hasTLS: Bool
    /// Where people and displays shall go instead of here.
    let publicURL: URL?
    let logger: Logger

    /// The record's notes, `key=value` each.
    var notes: [String] {
        ["scheme=\(self.hasTLS ? "https" : "http")"] + (self.publicURL.map { ["url=\($0.absoluteString)"] } ?? [])
    }

    func run() async throws {
        await cancelWhenGracefulShutdown { await self.announce() }
    }

    private func announce() async {
        var wasTold = false
        while !Task.isCancelled {
            let reason = await self.publish()
            guard !Task.isCancelled else { return }
            if !wasTold {
                self.logger.notice(
                    "displays cannot find this server by themselves and need --server",
                    metadata: ["reason": "\(reason)"])
            }
            wasTold = true
            try? await Task.sleep(for: Self.retry)  // throws only when cancelled
        }
    }

    /// Announces for as long as avahi does and the task is not cancelled.
    ///
    /// - Returns: Why it ended.
    private func publish() async -> String {
        guard let path = Self.find(Self.tool) else { return "\(Self.tool) is not installed (package avahi-utils)" }
        let process = Process()
        process.executableURL = URL(filePath: path)
        process.arguments =
            ["Photos on \(ProcessInfo.processInfo.hostName)", Self.serviceType, "\(self.port)"] + self.notes
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        let end = AsyncStream<Int32>.makeStream(bufferingPolicy: .bufferingNewest(1))
        process.terminationHandler = { process in
            end.continuation.yield(process.terminationStatus)
            end.continuation.finish()
        }
        do {
            try process.run()
        } catch {
            return "\(Self.tool) cannot be run: \(error.localizedDescription)"
        }
        let identifier = process.processIdentifier
        self.logger.debug("announcing", metadata: ["type": "\(Self.serviceType)", "port": "\(self.port)"])
        return await withTaskCancellationHandler {
            for await status in end.stream { return "avahi's daemon does not take it (status \(status))" }
            return "cancelled"
        } onCancel: {
            kill(identifier, SIGTERM)
        }
    }

    private static func find(_ tool: String) -> String? {
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin").split(separator: ":")
        return folders.map { "\($0)/\(tool)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
    }
}
