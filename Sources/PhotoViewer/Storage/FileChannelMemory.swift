import DisplayChannel

/// A display's memory of its mediator, in its data folder.
package struct FileChannelMemory: ChannelMemoryStore {
    private let folder: ViewerFolder

    package init(_ folder: ViewerFolder) { self.folder = folder }

    /// A memory that cannot be read counts as none: then the next snapshot is applied whole, and the commands in it are
    /// not run.
    package func load() -> ChannelMemory {
        self.folder.read(ChannelMemory.self, from: self.folder.channelFile) ?? ChannelMemory()
    }

    package func save(_ memory: ChannelMemory) throws {
        try self.folder.write(memory, to: self.folder.channelFile)
    }
}
