import EtcdStorage
import TestSupport
import Testing

struct POSIXLogFilesTests {
    @Test func aFolderIsForOneProcessAlone() async throws {
        try await withTemporaryFolder { folder in
            let directory = folder + "/deep/store"
            let files = try POSIXLogFiles(directory: directory)
            let error = #expect(throws: StorageError.self) { try POSIXLogFiles(directory: directory) }
            #expect(error?.code == .locked)
            #expect(error?.message.contains(directory) == true)
            files.release()
            _ = try POSIXLogFiles(directory: directory)
        }
    }

    @Test func filesAreAppendedToReadCutRenamedAndRemoved() async throws {
        try await withTemporaryFolder { folder in
            let files = try POSIXLogFiles(directory: folder)
            let file = try files.create("one")
            try file.append([1, 2, 3])
            try file.append([4, 5])
            try file.sync()
            #expect(try files.size(of: "one") == 5)
            #expect(try files.read("one", at: 1, count: 3) == [2, 3, 4])
            #expect(try files.read("one", at: 4, count: 9) == [5])
            try file.truncate(to: 2)
            try file.append([9])
            try files.rename("one", to: "two")
            try files.open("two").append([8])
            #expect(try files.read("two", at: 0, count: 9) == [1, 2, 9, 8])
            try files.syncNames()
            #expect(try Set(files.names()) == ["lock", "two"])
            try files.remove("two")
            #expect(throws: StorageError.self) { try files.size(of: "two") }
        }
    }

    /// Appends of all sizes, within room and beyond it, and after a new beginning.
    @Test(arguments: [1, 2, 3, 4] as [UInt64])
    func whatIsAppendedWithinRoomIsThereAndTheRestIsZeros(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        try await withTemporaryFolder { folder in
            let files = try POSIXLogFiles(directory: folder)
            var file = try files.create("log")
            var expected: [UInt8] = []
            var room = 0
            for step in 0..<200 {
                switch Int.random(in: 0..<12, using: &generator) {
                case 0:
                    try file.reserve(expected.count + Int.random(in: 0...300_000, using: &generator))
                    room = max(room, try files.size(of: "log"))
                case 1:
                    try file.truncate(to: expected.count)
                    room = 0
                case 2:
                    try file.truncate(to: expected.count)
                    room = 0
                    file = try files.open("log")
                default:
                    let most = [3, 600, 5_000, 200_000].randomElement(using: &generator) ?? 1
                    let count = Int.random(in: 0...most, using: &generator)
                    let bytes = [UInt8](repeating: UInt8(1 + step % 255), count: count)
                    try file.append(bytes)
                    try file.sync()
                    expected += bytes
                }
                let size = try files.size(of: "log")
                #expect(size == max(room, expected.count), "seed \(seed), step \(step)")
                guard step % 10 == 9 else { continue }
                let found = try files.read("log", at: 0, count: size)
                #expect(found.starts(with: expected), "seed \(seed), step \(step)")
                #expect(found[expected.count...].allSatisfy { $0 == 0 }, "seed \(seed), step \(step)")
            }
        }
    }

    @Test func anUnusableFolderSaysWhy() {
        let error = #expect(throws: StorageError.self) { try POSIXLogFiles(directory: "/proc/none/store") }
        #expect(error?.code == .failed)
        #expect(error?.message.contains("/proc") == true)
    }
}
