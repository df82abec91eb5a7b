import Foundation

/// The genuine etcds that tests run against: programs of the same source, years apart.
public enum EtcdRelease: String, CaseIterable, Sendable {
    /// Debian's package, found by `PATH`.
    case v3_4 = "etcd 3.4"
    /// From PyPI, where `scripts/setup test` puts it.
    case v3_5 = "etcd 3.5"

    /// The server's program.
    public var etcd: String { self.program("etcd") }

    /// The command line's program.
    public var etcdctl: String { self.program("etcdctl") }

    private func program(_ name: String) -> String {
        switch self {
        case .v3_4: name
        case .v3_5: "\(PackageFolder.path)/.tools/etcd-3.5/\(name)"
        }
    }
}

/// Python with the independent etcd clients, where `scripts/setup test` puts it.
public enum PythonTools {
    /// The interpreter's program.
    public static var python: String { "\(PackageFolder.path)/.tools/bin/python3" }
}

/// The folder that the package's manifest lies in.
public enum PackageFolder {
    /// Without a slash at its end.
    public static let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path
}
