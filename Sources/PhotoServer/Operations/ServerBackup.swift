import EtcdClient
import EtcdServer
import Foundation
import Logging
import PhotoLibrary

/// A backup of all that a server keeps: its library, what the embedded store holds, and the keys that displays know the
/// server and the store by.
package enum ServerBackup {
    /// What became of the store.
    package enum StorePart: Sendable {
        case saved
        /// The mediator is an etcd at these addresses, whose backup is its own.
        case outside([String])
        /// There is none yet.
        case missing
    }

    private static let snapshotName = "store.snapshot"
    private static let rootPassword = "store/root-password"
    /// What is lost with the data folder and not in the database: displays' passwords follow from the first, and they
    /// trust the authorities.
    private static let secrets = [
        DisplayLogins.keyFile, rootPassword, "store/tls/ca.pem", "store/tls/ca-key.pem", "tls/ca.pem",
        "tls/ca-key.pem",
    ]

    /// Copies everything; the server may be running.
    ///
    /// - Parameters:
    ///   - directory: The server's data folder.
    ///   - target: An empty folder, or one with an earlier backup.
    /// - Throws: `PhotoLibraryError`, in words for the person who asked for it. The earlier backup stays as it was.
    package static func make(
        of directory: String, to target: String, logger: Logger
    ) async throws -> (BackupManifest, StorePart) {
        var part = StorePart.missing
        let manifest = try await LibraryBackup.make(of: directory, to: target) { folder in
            var paths: [String: String] = [:]
            let snapshot = "\(folder)/\(Self.snapshotName)"
            part = try await Self.explaining { try await Self.saveStore(of: directory, to: snapshot, logger: logger) }
            if case .saved = part { paths[Self.snapshotName] = snapshot }
            for (number, name) in Self.secrets.enumerated() {
                guard let text = PrivateFile.read("\(directory)/\(name)") else { continue }
                let copy = "\(folder)/secret-\(number)"
                try PrivateFile.write(text, to: copy)
                paths[name] = copy
            }
            return paths
        }
        return (manifest, part)
    }

    /// Brings everything back. Begun again after an interruption, it goes on.
    ///
    /// - Parameters:
    ///   - backup: The folder of the backup.
    ///   - directory: The new data folder: without library and store.
    /// - Returns: What the store holds; nil if the backup has none.
    /// - Throws: `PhotoLibraryError`, in words for the person who asked for it.
    package static func restore(
        _ backup: String, into directory: String
    ) async throws -> (BackupManifest, EtcdServer.SnapshotSummary?) {
        let store = Mediator.folder(directory)
        guard LibraryBackup.isUnfinished(directory) || !FileManager.default.fileExists(atPath: store) else {
            throw PhotoLibraryError(.storage, "\(directory) holds a store already. Restore into an empty folder.")
        }
        var summary: EtcdServer.SnapshotSummary?
        let manifest = try await LibraryBackup.restore(backup, into: directory) { name, path in
            if name == Self.snapshotName {
                summary = try Self.explaining {
                    // Of a restore that was interrupted.
                    if FileManager.default.fileExists(atPath: store) {
                        try FileManager.default.removeItem(atPath: store)
                    }
                    return try EtcdServer.restore(snapshot: path, into: store)
                }
            } else if Self.secrets.contains(name), let text = PrivateFile.read(path) {
                let place = "\(directory)/\(name)"
                try FileManager.default.createDirectory(
                    atPath: (place as NSString).deletingLastPathComponent, withIntermediateDirectories: true,
                    attributes: [.posixPermissions: 0o700])
                try PrivateFile.write(text, to: place)
            } else {
                throw PhotoLibraryError(
                    .storage, "\(backup) has “\(name)”, which this version does not know. Use the version that made it."
                )
            }
        }
        return (manifest, summary)
    }

    // MARK: Steps

    private static func saveStore(of directory: String, to path: String, logger: Logger) async throws -> StorePart {
        let record = MediatorRecord.read(in: directory)
        if let outside = record?.outside, !outside.isEmpty { return .outside(outside) }
        let store = Mediator.folder(directory)
        do {
            return try await EtcdServer.saveSnapshot(ofStopped: store, to: path, logger: logger) ? .saved : .missing
        } catch let error as EtcdServerError where error.code == .locked {
            guard let embedded = record?.embedded else {
                throw PhotoLibraryError(
                    .inUse,
                    "The store in \(store) is in use, and not known where it listens. Restart the server, then try again."
                )
            }
            var configuration = try EtcdClient.Configuration(endpoints: embedded.endpoint)
            if embedded.authorityFile != nil || embedded.serverName != nil {
                configuration.tls = .init(caFile: embedded.authorityFile, serverName: embedded.serverName)
            }
            // Written when the login is switched on, and not before.
            if let password = PrivateFile.read("\(directory)/\(Self.rootPassword)") {
                configuration.credentials = .init(user: "root", password: password)
            }
            configuration.requestTimeout = .seconds(30)
            let client = EtcdClient(configuration, logger: logger)
            do {
                _ = try await client.maintenance.saveSnapshot(to: path)
            } catch {
                await client.close()
                throw error
            }
            await client.close()
            _ = try EtcdServer.inspect(snapshot: path)
            return .saved
        }
    }

    private static func explaining<Value>(_ work: () throws -> Value) throws -> Value {
        do {
            return try work()
        } catch let error as EtcdServerError {
            throw Self.explain(error)
        }
    }

    private static func explaining<Value>(_ work: () async throws -> Value) async throws -> Value {
        do {
            return try await work()
        } catch let error as EtcdServerError {
            throw Self.explain(error)
        } catch let error as EtcdError {
            throw PhotoLibraryError(.storage, "The store could not be copied: \(error). Try again.", cause: error)
        }
    }

    private static func explain(_ error: EtcdServerError) -> PhotoLibraryError {
        PhotoLibraryError(error.code == .locked ? .inUse : .storage, error.message, cause: error)
    }
}
