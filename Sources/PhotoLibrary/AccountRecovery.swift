import Foundation
import GRDB

/// What the owner of the machine does about accounts, beside a server that may be running.
package enum AccountRecovery {
    /// Makes a link to a new password for a user, as ``PhotoLibrary/makePasswordLink(tokenHash:for:madeBy:expiresAt:)``
    /// does, without opening the library: the server may have it open.
    ///
    /// - Parameters:
    ///   - directory: The server's data folder.
    ///   - name: The user, without regard to case.
    ///   - tokenHash: SHA-256 of the link's token, hexadecimal.
    /// - Returns: The user's name as it is kept.
    /// - Throws: ``PhotoLibraryError``: `notFound` with the names there are; `conflict` where the user is disabled;
    ///   `storage` where there is no library, or one of another version.
    package static func makePasswordLink(
        directory: String, name: String, tokenHash: String, now: Date = Date(), expiresAt: Date
    ) throws -> String {
        let path = LibraryFiles(directory: directory).database
        guard FileManager.default.fileExists(atPath: path) else {
            throw PhotoLibraryError(
                .storage, "There is no library in \(directory). Give the folder that the server was started with.")
        }
        do {
            var configuration = Configuration()
            configuration.busyMode = .timeout(10)
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? queue.close() }
            guard try queue.read(LibraryMigrations.migrator.hasCompletedMigrations) else {
                throw PhotoLibraryError(
                    .storage,
                    "The library in \(directory) is of an older version. Start the server once, then try again."
                )
            }
            return try queue.write { db in
                guard
                    let user = try UserRecord.fetchOne(
                        db, sql: "SELECT * FROM user WHERE name = ?", arguments: [name])
                else {
                    let names = try String.fetchAll(db, sql: "SELECT name FROM user ORDER BY name LIMIT 20")
                    throw PhotoLibraryError(
                        .notFound,
                        names.isEmpty
                            ? "Nobody has an account yet. Open the set-up link that the server printed."
                            : "There is nobody called “\(name)”. There are: \(names.joined(separator: ", ")).")
                }
                _ = try PhotoLibrary.insertPasswordLink(
                    db, tokenHash: tokenHash, user: user.id, madeBy: "this machine", at: now, expiresAt: expiresAt)
                return user.name
            }
        } catch let error as DatabaseError {
            throw PhotoLibraryError(.storage, "The library \(path) cannot be changed: \(error).", cause: error)
        }
    }
}
