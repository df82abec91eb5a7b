import EtcdClient
import Foundation
import Logging
import PhotoLibrary
import ServiceLifecycle
import Synchronization

/// Looks after the store as its administrator would: how large it is, what is wrong with it; and compacts an etcd outside
/// every hour, keeping a day, because etcd keeps each status that a display ever wrote until somebody does.
package final class MediatorUpkeep: Service {
    /// How the store is, for people.
    struct Report: Encodable, Sendable, Equatable {
        let version: String
        /// Whether it is an etcd outside and not the embedded store.
        let external: Bool
        let bytes: Int64
        /// How large it may become; nil where it does not say.
        let quota: Int64?
        /// What stops it from taking writes, as etcd names it: `noSpace`, `corrupt`.
        let alarms: [String]
        /// What keeps it from being compacted.
        let problem: String?
    }

    /// How often things are done.
    package struct Pace: Sendable {
        package var look: Duration = .seconds(60)
        package var compact: Duration = .seconds(3_600)
        /// How much history stays.
        package var keep: Duration = .seconds(86_400)

        package init() {}
    }

    private static let settingKey = "mediator-history"

    private let client: EtcdClient
    private let library: PhotoLibrary
    private let quota: MediatorQuota?
    private let hub: EventHub
    private let pace: Pace
    private let logger: Logger
    private let state = Mutex<(report: Report?, problem: String?)>((nil, nil))

    /// - Parameter quota: Where an etcd outside tells its quota; nil for the embedded store, which compacts itself.
    init(
        client: EtcdClient, library: PhotoLibrary, quota: MediatorQuota?, hub: EventHub, pace: Pace = Pace(),
        logger: Logger
    ) {
        self.client = client
        self.library = library
        self.quota = quota
        self.hub = hub
        self.pace = pace
        self.logger = logger
    }

    /// How the store was when it was last looked at; nil when it never answered.
    var report: Report? { self.state.withLock { $0.report } }

    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    repeat { await self.look() } while (try? await Task.sleep(for: self.pace.look)) != nil
                }
                if self.quota != nil {
                    group.addTask {
                        repeat { await self.compact() } while (try? await Task.sleep(for: self.pace.compact)) != nil
                    }
                }
            }
        }
    }

    private func look() async {
        do {
            let status = try await self.client.maintenance.status()
            let alarms = try await self.client.maintenance.alarms()
            let quota = await self.quota?.bytes()
            let report = Report(
                version: status.version, external: self.quota != nil, bytes: status.databaseSize,
                quota: status.databaseSizeQuota ?? quota, alarms: Set(alarms.map { "\($0.kind)" }).sorted(),
                problem: self.state.withLock { $0.problem })
            let isNews = self.state.withLock { state in
                defer { state.report = report }
                return state.report != report
            }
            if !alarms.isEmpty {
                self.logger.error("the store refuses writes", metadata: ["alarms": "\(report.alarms)"])
            }
            if isNews { self.hub.post(try ServerEvent("upkeep", report), subject: "upkeep") }
        } catch {
            // That the store is away is told by those who need it.
            self.logger.debug("the store could not be looked at", metadata: ["error": "\(error)"])
        }
    }

    /// Compacts what is older than a day.
    func compact() async {
        do {
            let status = try await self.client.maintenance.status()
            let stored = try await self.library.value(forKey: Self.settingKey)
            // What cannot be read was written by another version: then a day is kept from now on.
            var history =
                stored.flatMap { try? JSONDecoder().decode(KeptHistory.self, from: Data($0.utf8)) } ?? KeptHistory()
            let target = history.target(
                head: status.revision.rawValue, cluster: status.clusterID.rawValue, now: Date(),
                age: self.pace.keep / .seconds(1))
            if let target {
                do {
                    try await self.client.compact(to: Revision(target))
                    self.logger.info("etcd compacted", metadata: ["revision": "\(target)"])
                } catch let error as EtcdError where error.code == .compacted {
                    // Somebody else does it too.
                }
            }
            try await self.library.setValue(
                String(decoding: try JSONEncoder().encode(history), as: UTF8.self), forKey: Self.settingKey)
            self.state.withLock { $0.problem = nil }
        } catch is CancellationError {
        } catch {
            self.state.withLock { $0.problem = "\(error)" }
            self.logger.warning("etcd could not be compacted", metadata: ["error": "\(error)"])
        }
    }
}
