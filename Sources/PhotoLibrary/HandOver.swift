import Foundation
import Glibc
import Logging
import Renditions

/// Files that another process on this machine hands over to the server that has the library open: a request in the
/// data folder, and beside it the answer as it grows. Whoever may write to that folder owns the library anyway.
package struct HandOver: Codable, Sendable {
    /// Absolute, and readable for the server.
    package let paths: [String]
    package let album: String?

    package init(paths: [String], album: String?) {
        self.paths = paths
        self.album = album
    }

    /// What became of one path, one line of the answer.
    package struct Line: Codable, Sendable, Equatable {
        package enum Outcome: String, Codable, Sendable { case added, known, refused, finished, failed }
        package let outcome: Outcome
        package let path: String?
        package let message: String?
    }

    /// Puts the request where the server finds it.
    ///
    /// - Returns: Where the answer will be.
    package func send(to directory: String) throws -> (request: String, answer: String) {
        let folder = LibraryFiles(directory: directory).handOver
        try DurableFile.makeDirectory(folder)
        let base = "\(folder)/\(UUID().uuidString.lowercased())"
        try JSONEncoder().encode(self).write(to: URL(fileURLWithPath: base + ".part"))
        guard rename(base + ".part", base + Self.requestSuffix) == 0 else {
            throw DurableFile.Failure("rename", base + ".part")
        }
        return (base + Self.requestSuffix, base + Self.answerSuffix)
    }

    /// The whole lines of an answer.
    package static func lines(of answer: String) -> [Line] {
        guard let data = FileManager.default.contents(atPath: answer) else { return [] }
        let whole = data.lastIndex(of: 0x0A).map { data[...$0] } ?? Data()
        return whole.split(separator: 0x0A).compactMap { try? JSONDecoder().decode(Line.self, from: $0) }
    }

    static let requestSuffix = ".request"
    static let answerSuffix = ".answer"
}

extension PhotoLibrary {
    /// Takes in what other processes hand over, until cancelled. One that was under way when the server stopped goes on
    /// where it was.
    package func takeHandOvers() async throws {
        let folder = self.files.handOver
        try await self.onDisk { try DurableFile.makeDirectory(folder) }
        let watch = try FolderWatch()
        try watch.add(folder)
        while !Task.isCancelled {
            let names = try await self.onDisk { try Self.names(in: folder) }.sorted()
            for name in names where name.hasSuffix(HandOver.requestSuffix) {
                try await self.take(handOver: "\(folder)/\(name.dropLast(HandOver.requestSuffix.count))")
            }
            _ = try await watch.next(within: .seconds(3_600))
        }
    }

    private func take(handOver base: String) async throws {
        let (request, answer) = (base + HandOver.requestSuffix, base + HandOver.answerSuffix)
        let done = HandOver.lines(of: answer)
        guard done.last?.outcome != .finished, done.last?.outcome != .failed,
            let data = FileManager.default.contents(atPath: request)
        else { return }
        guard let handOver = try? JSONDecoder().decode(HandOver.self, from: data) else {
            return try await self.append(.init(outcome: .failed, path: nil, message: "This is no request."), to: answer)
        }
        do {
            var album: AlbumID?
            if let name = handOver.album {
                album = try await self.album(named: name)?.id
                if album == nil { album = try await self.createAlbum(named: name).id }
            }
            try await self.ingest(files: handOver.paths.dropFirst(done.count), into: album) { path, outcome in
                let line: HandOver.Line =
                    switch outcome {
                    case .success(.added): .init(outcome: .added, path: path, message: nil)
                    case .success(.duplicate): .init(outcome: .known, path: path, message: nil)
                    case .failure(let error): .init(outcome: .refused, path: path, message: error.message)
                    }
                try await self.append(line, to: answer)
            }
            try await self.append(.init(outcome: .finished, path: nil, message: nil), to: answer)
        } catch let error as PhotoLibraryError {
            try await self.append(.init(outcome: .failed, path: nil, message: error.message), to: answer)
        }
        unlink(request)
    }

    private func append(_ line: HandOver.Line, to answer: String) async throws {
        let data = try JSONEncoder().encode(line) + [0x0A]
        try await self.onDisk {
            let descriptor = open(answer, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
            guard descriptor >= 0 else { throw DurableFile.Failure("create", answer) }
            defer { Glibc.close(descriptor) }
            let count = data.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            guard count == data.count else { throw DurableFile.Failure("write", answer) }
        }
    }
}
