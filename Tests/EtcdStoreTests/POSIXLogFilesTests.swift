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

    @Test func anUnusableFolderSaysWhy() {
        let error = #expect(throws: StorageError.self) { try POSIXLogFiles(directory: "/proc/none/store") }
        #expect(error?.code == .failed)
        #expect(error?.message.contains("/proc") == true)
    }
}
