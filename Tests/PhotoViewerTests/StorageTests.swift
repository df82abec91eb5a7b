import DisplayChannel
import Foundation
import Logging
import Synchronization
import TestSupport
import Testing

@testable import PhotoViewer

@Suite(.timeLimit(.minutes(1)))
struct FileChannelMemoryTests {
    private static let logger = Logger(label: "test")

    /// A clock that a test turns.
    private final class Hands: Sendable {
        private let at = Mutex(ContinuousClock.now)
        var now: ContinuousClock.Instant { self.at.withLock { $0 } }
        func advance(_ by: Duration) { self.at.withLock { $0 = $0.advanced(by: by) } }
    }

    private static func memory(command: Int64, value: String, cluster: UInt64 = 7) -> ChannelMemory {
        var memory = ChannelMemory()
        memory.cluster = cluster
        memory.revision = command + 1
        memory.commandRevision = command
        memory.state.set(.settings, json: Array(value.utf8), revision: command)
        return memory
    }

    @Test func itSurvivesARestart() async throws {
        try await withTemporaryFolder { path in
            let folder = try ViewerFolder(path, logger: Self.logger)
            #expect(FileChannelMemory(folder).load() == ChannelMemory())
            var memory = Self.memory(command: 42, value: "{}")
            // No text at all: kept byte by byte.
            memory.state.set(.images, json: [0xFF, 0x00], revision: 41)
            try FileChannelMemory(folder).save(memory)
            #expect(FileChannelMemory(folder).load() == memory)
        }
    }

    @Test func aDamagedStateCostsNoCommandMemory() async throws {
        try await withTemporaryFolder { path in
            let folder = try ViewerFolder(path, logger: Self.logger)
            try FileChannelMemory(folder).save(Self.memory(command: 42, value: "{}"))
            try AtomicFile.write(Array("{\"cut".utf8), to: folder.channelFile)
            let loaded = FileChannelMemory(folder).load()
            #expect(loaded.commandRevision == 42)
            #expect(loaded.cluster == 7)
            #expect(loaded.state.entries.isEmpty)
            #expect(FileManager.default.fileExists(atPath: folder.channelFile + ".damaged"))
        }
    }

    @Test func aThousandMovesOfASliderWriteAFewTimesAndTheLastIsKept() async throws {
        try await withTemporaryFolder { path in
            let folder = try ViewerFolder(path, logger: Self.logger)
            let hands = Hands()
            let memory = FileChannelMemory(folder, now: { hands.now })
            for step in 0..<1000 {
                var moved = Self.memory(command: 1, value: #"{"brightness":\#(step)}"#)
                moved.revision = Int64(step + 2)
                try memory.save(moved)
                hands.advance(.milliseconds(10))
            }
            // Ten seconds of moves: the cluster, the first state, and one every two seconds.
            #expect((4...8).contains(memory.writes), "\(memory.writes)")
            let running = Task { await memory.run() }
            running.cancel()
            await running.value
            let kept = FileChannelMemory(folder).load()
            #expect(kept.state.entries[.settings]?.json == Array(#"{"brightness":999}"#.utf8))
        }
    }

    @Test func aRevisionThatChangedNothingIsNotWritten() async throws {
        try await withTemporaryFolder { path in
            let folder = try ViewerFolder(path, logger: Self.logger)
            let memory = FileChannelMemory(folder)
            var seen = Self.memory(command: 1, value: "{}")
            try memory.save(seen)
            let before = memory.writes
            for _ in 0..<100 {
                seen.revision += 1
                try memory.save(seen)
            }
            #expect(memory.writes == before)
            #expect(memory.load().revision == seen.revision)
        }
    }

    @Test func aCommandIsOnTheDiskBeforeSaveReturns() async throws {
        try await withTemporaryFolder { path in
            let folder = try ViewerFolder(path, logger: Self.logger)
            let memory = FileChannelMemory(folder)
            for command in 1...50 {
                try memory.save(Self.memory(command: Int64(command), value: "{}"))
                #expect(FileChannelMemory(folder).load().commandRevision == Int64(command))
            }
        }
    }

    @Test func whereNothingCanBeWrittenACommandIsRefusedAndStateIsNot() async throws {
        try await withTemporaryFolder { path in
            let folder = try ViewerFolder(path, logger: Self.logger)
            let memory = FileChannelMemory(folder)
            try memory.save(Self.memory(command: 1, value: "{}"))
            // As good as a read-only card, for root too: the folder is none any more.
            try FileManager.default.removeItem(atPath: path)
            var later = Self.memory(command: 1, value: #"{"name":"x"}"#)
            later.revision = 9
            try memory.save(later)
            #expect(memory.load() == later)
            #expect(throws: ViewerError.self) { try memory.save(Self.memory(command: 2, value: "{}")) }
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            try memory.save(Self.memory(command: 3, value: "{}"))
            #expect(FileChannelMemory(folder).load().commandRevision == 3)
        }
    }

    @Test func revisionsOfAnotherStoreAreNotTakenForThisOnes() async throws {
        try await withTemporaryFolder { path in
            let folder = try ViewerFolder(path, logger: Self.logger)
            let hands = Hands()
            let memory = FileChannelMemory(folder, now: { hands.now })
            try memory.save(Self.memory(command: 90, value: "{}"))
            // Within the pace: only the small file is written.
            try memory.save(Self.memory(command: 4, value: #"{"name":"x"}"#, cluster: 8))
            let loaded = FileChannelMemory(folder).load()
            #expect(loaded.cluster == 8)
            #expect(loaded.commandRevision == 4)
            #expect(loaded.revision == 5)
            #expect(loaded.state.entries[.settings]?.revision == 0)
        }
    }
}

struct PhotoCacheTests {
    private static let logger = Logger(label: "test")

    private static func add(
        _ name: String, to cache: PhotoCache, byte: UInt8 = 7, keeping: Set<PhotoContent> = []
    ) throws -> Set<String> {
        let content = PhotoContent.named(name)
        try AtomicFile.write([UInt8](repeating: byte, count: 10), to: cache.temporaryPath(for: content))
        return try cache.add(content, from: cache.temporaryPath(for: content), keeping: keeping)
    }

    private static func keys(_ names: [String]) -> Set<String> { Set(names.map { PhotoContent.named($0).cacheKey }) }

    @Test func whatNoPlaylistNamesGoesFirstAndTheOrderSurvivesARestart() async throws {
        try await withTemporaryFolder { path in
            let folder = try ViewerFolder(path, logger: Self.logger)
            var cache = PhotoCache(folder, limitBytes: 35, logger: Self.logger)
            cache.list([])
            for name in ["a", "b", "c"] { #expect(try Self.add(name, to: cache).isEmpty) }
            cache.touch(.named("a"))
            try AtomicFile.write([1], to: "\(folder.photosFolder)/half.part")
            cache = PhotoCache(folder, limitBytes: 35, logger: Self.logger)
            cache.list([])
            #expect(cache.bytes == 30)
            #expect(try Self.add("d", to: cache) == Self.keys(["b"]))
            #expect(try Self.add("e", to: cache, keeping: [.named("c"), .named("a")]) == Self.keys(["d"]))
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.photosFolder)
            #expect(Set(files.compactMap { PhotoFile.parse($0)?.key }) == Self.keys(["a", "c", "e"]))
            #expect(files.count == 3)
            #expect(cache.bytes == 30)
        }
    }

    @Test func ofThePlaylistWhatWasJustShownGoesFirstAndWhatComesNextLast() async throws {
        try await withTemporaryFolder { path in
            let folder = try ViewerFolder(path, logger: Self.logger)
            let cache = PhotoCache(folder, limitBytes: 50, logger: Self.logger)
            let names = ["a", "b", "c", "d", "e"]
            cache.list(Self.keys(names + ["f", "g", "h"]))
            for name in names { #expect(try Self.add(name, to: cache).isEmpty) }
            for name in ["a", "b"] { cache.touch(.named(name)) }
            cache.expect(["c", "d", "e", "f"].map { .named($0) })
            // b was shown last and so comes again last; then a; then what is due furthest from now.
            #expect(try Self.add("f", to: cache) == Self.keys(["b"]))
            #expect(try Self.add("g", to: cache) == Self.keys(["a"]))
            #expect(try Self.add("h", to: cache, keeping: [.named("g")]) == Self.keys(["f"]))
        }
    }

    @Test func aFileWhoseBytesChangedIsNoticed() async throws {
        try await withTemporaryFolder { path in
            let folder = try ViewerFolder(path, logger: Self.logger)
            let cache = PhotoCache(folder, limitBytes: 100, logger: Self.logger)
            _ = try Self.add("a", to: cache)
            let file = cache.path(of: .named("a"))
            try PhotoFile.check(file)
            var bytes = try #require(FileManager.default.contents(atPath: file))
            bytes[4] ^= 1
            try bytes.write(to: URL(filePath: file))
            #expect(throws: StageError.self) { try PhotoFile.check(file) }
        }
    }

    @Test func aFreshCopyReplacesTheOldFile() async throws {
        try await withTemporaryFolder { path in
            let folder = try ViewerFolder(path, logger: Self.logger)
            let cache = PhotoCache(folder, limitBytes: 100, logger: Self.logger)
            _ = try Self.add("a", to: cache, byte: 1)
            _ = try Self.add("a", to: cache, byte: 2)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.photosFolder).count == 1)
            #expect(FileManager.default.contents(atPath: cache.path(of: .named("a")))?.first == 2)
            #expect(cache.bytes == 10)
            #expect(cache.makeRoom(1, keeping: []) == Self.keys(["a"]))
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.photosFolder).isEmpty)
        }
    }
}
