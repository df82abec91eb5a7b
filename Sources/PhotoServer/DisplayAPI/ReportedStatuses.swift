import DisplayChannel
import EtcdClient
import Logging
import Synchronization

/// Writes `/status/<id>` for displays that report over HTTP, each on a lease that is renewed only while its reports
/// arrive: presence is what the display does, not what this server remembers.
final class ReportedStatuses: Sendable {
    private struct Entry {
        var lease: LeaseID?
        var renewedAt: ContinuousClock.Instant
        var pace = StatusPace()
        /// The newest report, until it is written.
        var waiting: DisplayStatus?
        var isWriting = false
        var heardAt: ContinuousClock.Instant
        /// Reports of the current ten seconds.
        var count = 0
        var countedSince: ContinuousClock.Instant
    }

    /// A third of the lease's life.
    private static let renewalInterval: Duration = .seconds(5)
    /// Reports of one display in ten seconds. One that people play with sends a dozen.
    private static let reportsPerTenSeconds = 60

    private let client: EtcdClient
    private let logger: Logger
    private let entries = Mutex<[DisplayID: Entry]>([:])

    init(client: EtcdClient, logger: Logger) {
        self.client = client
        self.logger = logger
    }

    /// Takes a report. Reports that come while one is being written become one: the newest.
    ///
    /// - Throws: `EtcdError` when the store does not take it; a ``Problem`` when they come too fast.
    func take(_ status: DisplayStatus, from display: DisplayID) async throws {
        guard try self.leave(status, from: display) else { return }
        do {
            while let (status, entry) = self.next(of: display) {
                let written = try await self.write(status, entry, of: display)
                self.entries.withLock { entries in
                    entries[display]?.lease = written.lease
                    entries[display]?.renewedAt = written.renewedAt
                    entries[display]?.pace = written.pace
                }
            }
        } catch {
            self.entries.withLock { entries in
                entries[display]?.isWriting = false
                entries[display]?.waiting = nil
            }
            throw error
        }
    }

    /// - Returns: Whether the caller is the one who writes.
    private func leave(_ status: DisplayStatus, from display: DisplayID) throws -> Bool {
        let now = ContinuousClock.now
        return try self.entries.withLock { entries in
            if entries[display] == nil, entries.count >= 64 {
                // Whose lease has ended is not here any more.
                entries = entries.filter { $0.value.isWriting || $0.value.heardAt + .seconds(60) > now }
            }
            var entry = entries[display] ?? Entry(renewedAt: now, heardAt: now, countedSince: now)
            if entry.countedSince + .seconds(10) <= now { (entry.count, entry.countedSince) = (0, now) }
            entry.count += 1
            guard entry.count <= Self.reportsPerTenSeconds else {
                throw Problem.tooManyRequests(
                    "too-many-reports", "The display reports too often.", retryAfter: .seconds(5))
            }
            entry.heardAt = now
            entry.waiting = status
            defer { entries[display] = entry }
            guard !entry.isWriting else { return false }
            entry.isWriting = true
            return true
        }
    }

    private func next(of display: DisplayID) -> (DisplayStatus, Entry)? {
        self.entries.withLock { entries in
            guard let entry = entries[display], let status = entry.waiting else {
                entries[display]?.isWriting = false
                return nil
            }
            entries[display]?.waiting = nil
            return (status, entry)
        }
    }

    private func write(_ status: DisplayStatus, _ entry: Entry, of display: DisplayID) async throws -> Entry {
        var entry = entry
        // Twice: a lease can end between its renewal and the write.
        for _ in 0..<2 {
            do {
                let lease = try await self.renewed(&entry)
                // The display itself keeps the quiet second between what is not urgent.
                if entry.pace.wait(for: status, now: .now) <= StatusPace.quietInterval {
                    _ = try await self.client.put(DisplayKey.status(of: display), Value(status.json), lease: lease)
                    entry.pace.wrote(status, at: .now)
                }
                return entry
            } catch let error as EtcdError where error.code == .leaseNotFound {
                entry.lease = nil
            }
        }
        throw EtcdError(.leaseNotFound, "the lease of \(display) ended twice while its status was written")
    }

    private func renewed(_ entry: inout Entry) async throws -> LeaseID {
        let now = ContinuousClock.now
        if let lease = entry.lease {
            guard entry.renewedAt + Self.renewalInterval <= now else { return lease }
            _ = try await self.client.renewLease(lease)
            entry.renewedAt = now
            return lease
        }
        let lease = try await self.client.grantLease(ttl: StatusReporter.leaseTTL).id
        entry.lease = lease
        entry.renewedAt = now
        // The key is gone with the old lease: what is the same must be written again.
        entry.pace = StatusPace()
        return lease
    }
}
