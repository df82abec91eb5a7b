import Foundation
import GRDB
import Renditions

/// Tries what a new version would do to a library's database, on a copy.
package enum MigrationRehearsal {
    package struct Report: Sendable {
        /// Steps that the library has not taken yet, in their order.
        package let steps: [String]
        /// What is wrong with the copy afterwards; empty if nothing is.
        package let faults: [String]
    }

    /// - Parameter directory: The server's data folder. Nothing in it is changed; the server may be running.
    /// - Throws: ``PhotoLibraryError``: `storage` where there is no library, or a step fails, with the step's words.
    package static func run(directory: String) throws -> Report {
        let path = LibraryFiles(directory: directory).database
        guard DurableFile.size(of: path) != nil else {
            throw PhotoLibraryError(
                .storage, "There is no library in \(directory). Give the folder that the server was started with.")
        }
        do {
            var reading = Configuration()
            reading.readonly = true
            reading.busyMode = .timeout(10)
            let source = try DatabaseQueue(path: path, configuration: reading)
            defer { try? source.close() }
            let copy = try DatabaseQueue()
            try source.backup(to: copy)
            let migrator = LibraryMigrations.migrator
            let done = try copy.read(migrator.appliedIdentifiers)
            let strangers = done.subtracting(migrator.migrations)
            guard strangers.isEmpty else {
                throw PhotoLibraryError(
                    .storage,
                    "The library was made by a newer version: it has “\(strangers.sorted().joined(separator: "”, “"))”."
                )
            }
            try migrator.migrate(copy)
            let faults = try copy.read { db in
                let integrity = try String.fetchAll(db, sql: "PRAGMA integrity_check(20)").filter { $0 != "ok" }
                let loose = try Row.fetchAll(db, sql: "PRAGMA foreign_key_check").count
                return integrity + (loose > 0 ? ["\(loose) rows point nowhere"] : [])
            }
            return Report(steps: migrator.migrations.filter { !done.contains($0) }, faults: faults)
        } catch let error as DatabaseError {
            throw PhotoLibraryError(
                .storage, "The library \(path) cannot be brought up to date: \(error).", cause: error)
        }
    }
}
