/// Renditions on disk, by their address: `<directory>/ab/<id>.jpg`. Everything in it can be thrown away and made again.
package final class RenditionCache: Sendable {
    private let directory: String
    private let pool: RenditionPool
    private let lock = KeyedLock<RenditionID>()

    package init(directory: String, pool: RenditionPool) {
        self.directory = directory
        self.pool = pool
    }

    /// Where a rendition is, or would be.
    package func path(of id: RenditionID) -> String { "\(self.directory)/\(id.text.prefix(2))/\(id.text).jpg" }

    /// Makes a rendition's directory and returns its path.
    package func preparedPath(of id: RenditionID) throws -> String {
        let path = self.path(of: id)
        try DurableFile.makeDirectory(DurableFile.parent(of: path))
        return path
    }

    /// A rendition's file; made now if it is not there. Two tasks that ask for the same one wait for one worker.
    ///
    /// - Parameters:
    ///   - id: Its address.
    ///   - recipe: How to cut it.
    ///   - source: The original's path.
    ///   - name: What people call the photo, for messages.
    /// - Throws: ``RenditionError``, or `CancellationError`.
    package func file(
        _ id: RenditionID, recipe: RenditionRecipe, source: String, name: String
    ) async throws -> (path: String, byteCount: Int) {
        let path = self.path(of: id)
        if let size = DurableFile.size(of: path) { return (path, size) }
        do {
            return try await self.lock.withLock(id) {
                if let size = DurableFile.size(of: path) { return (path, size) }
                let destination = try self.preparedPath(of: id)
                let output = RenditionPool.Output(recipe: recipe, destination: destination)
                let files = try await self.pool.render(source, name: name, [output]).files
                return (path, files.first?.byteCount ?? 0)
            }
        } catch is AsyncSemaphore.TooManyWaiting {
            throw RenditionError(.busy, "Too many are waiting for “\(name)”. Try again in a minute.")
        } catch let failure as DurableFile.Failure {
            throw RenditionError(
                failure.isDiskFull ? .diskFull : .destinationUnwritable,
                "The picture made from “\(name)” cannot be stored: \(failure).", cause: failure)
        }
    }

    /// Removes a rendition; fine if there is none.
    package func remove(_ id: RenditionID) throws { try DurableFile.remove(self.path(of: id)) }
}
