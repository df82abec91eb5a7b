import GRDB
import Renditions

/// How much of everything there is, for monitors.
package struct LibraryCounts: Sendable {
    package let photos: Int
    package let albums: Int
    package let renditionsWaiting: Int
    package let renditionsFailed: Int
    /// Displays with a change that was not published yet.
    package let displaysUnpublished: Int
}

extension PhotoLibrary {
    package func counts() async throws -> LibraryCounts {
        try await self.read { db in
            func count(_ sql: String) throws -> Int { try Int.fetchOne(db, sql: "SELECT count(*) FROM \(sql)") ?? 0 }
            return LibraryCounts(
                photos: try count("photo WHERE deletedAt IS NULL"), albums: try count("album"),
                renditionsWaiting: try count("rendition WHERE byteCount IS NULL AND failure IS NULL"),
                renditionsFailed: try count("rendition WHERE failure IS NOT NULL"),
                displaysUnpublished: try count("display WHERE generation <> publishedGeneration")
            )
        }
    }

    /// Whether the database answers.
    package var isReadable: Bool {
        get async { (try? await self.read { try Int.fetchOne($0, sql: "SELECT 1") }) == 1 }
    }

    /// Whether the program that opens photos can be started.
    package var isWorkerThere: Bool { self.workers.hasWorker }
}
