import Foundation
import Renditions
import TestSupport
import Testing

@testable import PhotoLibrary

struct WatchTests {
    private func watching(
        _ library: PhotoLibrary, _ folder: String, _ body: () async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await library.watch(folder: folder) }
            try await body()
            group.cancelAll()
            do {
                try await group.waitForAll()
            } catch is CancellationError {}
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `what is in the folder and what comes into it is taken in, and sub-folders become albums`() async throws {
        try await withLibrary { library, folder in
            let watched = "\(folder)/watched"
            let files = FileManager.default
            try files.createDirectory(atPath: "\(watched)/Old", withIntermediateDirectories: true)
            try TestPhoto.make("\(watched)/top.jpg", seed: 1)
            try TestPhoto.make("\(watched)/Old/old.jpg", seed: 2)
            try Data("no photo".utf8).write(to: URL(fileURLWithPath: "\(watched)/notes.txt"))
            try await self.watching(library, watched) {
                try await eventually("what was there") { try await library.photoCount() == 2 }
                // Written slowly, moved here, in folders in folders, and a whole folder moved here at once.
                try TestPhoto.make("\(folder)/new.jpg", seed: 3)
                let bytes = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/new.jpg"))
                try Data().write(to: URL(fileURLWithPath: "\(watched)/slow.jpg"))
                let slow = try #require(FileHandle(forWritingAtPath: "\(watched)/slow.jpg"))
                try slow.write(contentsOf: bytes.prefix(500))
                try files.createDirectory(atPath: "\(watched)/2024/Holiday", withIntermediateDirectories: true)
                try TestPhoto.make("\(folder)/moved.jpg", seed: 4)
                try files.moveItem(atPath: "\(folder)/moved.jpg", toPath: "\(watched)/2024/Holiday/moved.jpg")
                try files.createDirectory(atPath: "\(folder)/Whole", withIntermediateDirectories: true)
                for seed in 5...7 { try TestPhoto.make("\(folder)/Whole/\(seed).jpg", seed: seed) }
                try files.moveItem(atPath: "\(folder)/Whole", toPath: "\(watched)/Whole")
                try slow.write(contentsOf: bytes.dropFirst(500))
                try slow.close()
                try await eventually("all of it") { try await library.photoCount() == 7 }
                try await eventually("the albums") {
                    try await library.albums().map { "\($0.name) \($0.photoCount)" }
                        == ["2024 / Holiday 1", "Old 1", "Whole 3"]
                }
                try await eventually("the refusal") {
                    try await library.watchedFailures().map(\.path) == ["\(watched)/notes.txt"]
                }
            }
            // Started again, nothing is read twice, and what came meanwhile is found.
            try TestPhoto.make("\(watched)/Old/later.jpg", seed: 8)
            try await self.watching(library, watched) {
                try await eventually("what came meanwhile") { try await library.album(named: "Old")?.photoCount == 2 }
            }
            #expect(try await library.photoCount() == 8)
        }
    }

    @Test(.timeLimit(.minutes(1)))
    func `what another process hands over is taken in, and each file is answered`() async throws {
        try await withLibrary { library, folder in
            for seed in 1...2 { try TestPhoto.make("\(folder)/\(seed).jpg", seed: seed) }
            try Data("text".utf8).write(to: URL(fileURLWithPath: "\(folder)/3.jpg"))
            let paths = ["\(folder)/1.jpg", "\(folder)/3.jpg", "\(folder)/2.jpg", "\(folder)/1.jpg"]
            let (request, answer) = try HandOver(paths: paths, album: "Handed").send(to: "\(folder)/data")
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await library.takeHandOvers() }
                try await eventually("the answer") { HandOver.lines(of: answer).last?.outcome == .finished }
                group.cancelAll()
                do {
                    try await group.waitForAll()
                } catch is CancellationError {}
            }
            #expect(HandOver.lines(of: answer).map(\.outcome) == [.added, .refused, .added, .known, .finished])
            #expect(try await library.album(named: "handed")?.photoCount == 2)
            #expect(!FileManager.default.fileExists(atPath: request))
        }
    }
}
