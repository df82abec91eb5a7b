import EtcdStorage
import EtcdStore
import EtcdTransport
import Foundation

/// What monitors look at: `/health`, `/version`, `/metrics`, `/livez` and `/readyz`, as etcd shows them.
struct StatusPages: Sendable {
    private let context: ServiceContext
    private let startTime = Date().timeIntervalSince1970

    init(context: ServiceContext) { self.context = context }

    func response(_ request: PlainHTTPRequest) -> PlainHTTPResponse? {
        switch request.path {
        case "/health": self.health(query: request.query)
        case "/livez", "/readyz": PlainHTTPResponse(200, "ok\n")
        case "/version":
            PlainHTTPResponse(
                200, contentType: "application/json",
                """
                {"etcdserver":"\(ServiceContext.version)","etcdcluster":"\(ServiceContext.storageVersion)",\
                "storage":"\(ServiceContext.storageVersion)"}
                """)
        case "/metrics":
            PlainHTTPResponse(200, contentType: "text/plain; version=0.0.4; charset=utf-8", self.metrics)
        default: nil
        }
    }

    /// Unhealthy while an alarm is on, unless the query says `exclude=NOSPACE`.
    private func health(query: String) -> PlainHTTPResponse {
        let excluded = query.split(separator: "&").filter { $0.hasPrefix("exclude=") }.map { $0.dropFirst(8) }
        let alarm = self.context.store.withStore { $0.alarms }.first { !excluded.contains($0.kind.wireName[...]) }
        guard let alarm else {
            return PlainHTTPResponse(200, contentType: "application/json", #"{"health":"true","reason":""}"#)
        }
        return PlainHTTPResponse(
            503, contentType: "application/json", #"{"health":"false","reason":"ALARM \#(alarm.kind.wireName)"}"#)
    }

    // MARK: Metrics

    /// In Prometheus' text format; etcd's names where they mean the same.
    private var metrics: String {
        let (store, watchers, streams) = self.context.store.withStore { store in
            (
                [
                    ("etcd_debugging_mvcc_keys_total", "Keys, deleted ones with history among them.", store.keyCount),
                    ("etcd_debugging_mvcc_current_revision", "The newest revision.", Int(store.committed.number)),
                    (
                        "etcd_debugging_mvcc_compact_revision", "Older revisions are compacted.",
                        Int(store.compacted.number)
                    ),
                    ("etcd_mvcc_db_total_size_in_use_in_bytes", "What keys, history and leases take.", store.cost),
                    ("etcd_server_quota_backend_bytes", "The bound of that.", store.quotaBytes),
                    ("etcd_debugging_auth_revision", "The revision of users and roles.", Int(store.auth.revision)),
                    ("etcd_server_proposals_applied_total", "Changes applied.", Int(store.appliedIndex)),
                    ("etcd_server_proposals_committed_total", "Changes committed.", Int(store.appliedIndex)),
                    ("vitrine_leases", "Leases.", store.leaseCount),
                ],
                store.watcherCount, store.watchStreamCount
            )
        }
        var lines = Lines()
        lines.add("etcd_server_has_leader", "Whether there is a leader: this one.", 1)
        lines.add("etcd_server_is_leader", "Whether this is the leader.", 1)
        lines.add("etcd_server_health_success", "Whether the store answers.", 1)
        lines.add("etcd_debugging_mvcc_watcher_total", "Watches.", watchers)
        lines.add("etcd_debugging_mvcc_watch_stream_total", "Watch streams.", streams)
        lines.add("etcd_mvcc_db_total_size_in_bytes", "What the store takes on disk.", self.context.store.diskByteCount)
        lines.add("vitrine_login_tokens", "Logins that have not run out.", self.context.tokens.count)
        for (name, help, value) in store { lines.add(name, help, value) }
        lines.text += "# HELP etcd_server_version The version whose behaviour this server has.\n"
        lines.text += "# TYPE etcd_server_version gauge\n"
        lines.text += "etcd_server_version{server_version=\"\(ServiceContext.version)\"} 1\n"
        lines.addProcess(startTime: self.startTime)
        return lines.text
    }

    private struct Lines {
        var text = ""

        mutating func add(_ name: String, _ help: String, _ value: some CustomStringConvertible) {
            let type = name.hasSuffix("_applied_total") || name.hasSuffix("_committed_total") ? "counter" : "gauge"
            self.text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n\(name) \(value)\n"
        }

        /// What the system knows of this process; nothing where there is no `/proc`.
        mutating func addProcess(startTime: Double) {
            self.add("process_start_time_seconds", "When the process started, since 1970.", startTime)
            guard let statm = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8) else { return }
            let pages = statm.split(separator: " ").compactMap { Int($0) }
            guard pages.count >= 2 else { return }
            let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
            self.add("process_virtual_memory_bytes", "Virtual memory.", pages[0] * pageSize)
            self.add("process_resident_memory_bytes", "Memory in use.", pages[1] * pageSize)
            if let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd") {
                self.add("process_open_fds", "Open files and connections.", files.count)
            }
        }
    }
}
