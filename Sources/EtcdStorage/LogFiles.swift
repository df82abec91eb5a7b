/// The folder a store lives in, behind a seam: tests put one in memory that loses, tears and refuses.
package protocol LogFiles: Sendable {
    /// Where the files are, for messages.
    var place: String { get }

    func names() throws(StorageError) -> [String]
    func size(of name: String) throws(StorageError) -> Int
    /// Reads `count` bytes at `offset`; fewer only at the file's end.
    func read(_ name: String, at offset: Int, count: Int) throws(StorageError) -> [UInt8]
    /// Makes an empty file, or empties one that is there, and opens it for appending.
    func create(_ name: String) throws(StorageError) -> any LogFile
    /// Opens a file for appending.
    func open(_ name: String) throws(StorageError) -> any LogFile
    func rename(_ name: String, to newName: String) throws(StorageError)
    func remove(_ name: String) throws(StorageError)
    /// Makes creations, renames and removals durable.
    func syncNames() throws(StorageError)
    /// Lets another process have the folder.
    func release()
}

/// A file open for appending.
package protocol LogFile: Sendable {
    /// Makes room: the file becomes `size` bytes long, and what is not appended yet reads as zeros. Appending within it
    /// changes no length, so that a sync has only the bytes to write. Durable when it returns.
    func reserve(_ size: Int) throws(StorageError)
    func append(_ bytes: [UInt8]) throws(StorageError)
    /// Returns once everything appended is durable.
    func sync() throws(StorageError)
    func truncate(to size: Int) throws(StorageError)
}
