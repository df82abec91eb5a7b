import CommandLineSupport
import Foundation
import PhotoAPI
import Synchronization

/// Uploads many files, some at once, and tells how far it is.
struct UploadRun: Sendable {
    let files: [PhotoFile]
    let album: Int64?
    let memory: UploadMemory
    let parallel: Int

    /// What became of all.
    struct Outcome: Sendable {
        struct Refusal: Sendable {
            var file: String
            var code: String?
            var message: String
        }

        var added: [Int64] = []
        var known: [Int64] = []
        /// From archives, which do not say the numbers.
        var addedInArchives = 0
        var knownInArchives = 0
        var refused: [Refusal] = []

        func report(_ album: Album?) -> Report {
            let added = self.added.count + self.addedInArchives
            let known = self.known.count + self.knownInArchives
            var text = "\(added.of("photo")) added"
            if known > 0 { text += ", \(known) known already" }
            if let album { text += ", in “\(album.name)”" }
            return Report(
                .members([
                    "added": .array(self.added.sorted().map { .integer($0) }),
                    "known": .array(self.known.sorted().map { .integer($0) }),
                    "addedInArchives": .integer(Int64(self.addedInArchives)),
                    "knownInArchives": .integer(Int64(self.knownInArchives)), "album": album.map { .integer($0.id) },
                    "refused": .array(
                        self.refused.map {
                            .members([
                                "file": .string($0.file), "code": $0.code.map { .string($0) },
                                "message": .string($0.message),
                            ])
                        }),
                ]), text + ".")
        }
    }

    /// - Throws: ``APIError`` when the server cannot be reached or lets nobody in: then no other file would do better.
    func run(_ api: APIClient) async throws -> Outcome {
        let bar = ProgressBar(files: self.files.count, bytes: self.files.reduce(0) { $0 + $1.size })
        defer { bar.clear() }
        return try await withThrowingTaskGroup(of: (PhotoFile, Result<UploadOutcome, APIError>).self) { group in
            var outcome = Outcome()
            var waiting = self.files[...]
            func startNext() {
                guard let file = waiting.popFirst() else { return }
                group.addTask { (file, try await self.upload(file, api, bar)) }
            }
            for _ in 0..<self.parallel { startNext() }
            while let (file, result) = try await group.next() {
                bar.finish(file)
                switch result {
                case .success(let uploaded): outcome.take(uploaded, of: file)
                case .failure(let error):
                    outcome.refused.append(.init(file: file.path, code: error.code, message: error.message))
                }
                startNext()
            }
            return outcome
        }
    }

    private func upload(
        _ file: PhotoFile, _ api: APIClient, _ bar: ProgressBar
    ) async throws -> Result<UploadOutcome, APIError> {
        do {
            let answer = try await api.upload(file, album: self.album, memory: self.memory) {
                bar.advance(file, to: $0)
            }
            return .success(answer.value)
        } catch let error as APIError where error.isAboutFile {
            return .failure(error)
        }
    }
}

extension APIError {
    /// Whether it is this file that is wrong, and the next may do.
    fileprivate var isAboutFile: Bool {
        switch self.kind {
        case .refused(409), .refused(413), .refused(415), .refused(422), .badConfiguration: true
        default: false
        }
    }
}

extension UploadRun.Outcome {
    mutating func take(_ uploaded: UploadOutcome, of file: PhotoFile) {
        if let photo = uploaded.photo {
            if uploaded.duplicate == true { self.known.append(photo.id) } else { self.added.append(photo.id) }
        }
        guard let archive = uploaded.archive else { return }
        self.addedInArchives += archive.added
        self.knownInArchives += archive.known
        self.refused += archive.refused.map { .init(file: "\(file.path): \($0.name)", message: $0.message) }
        let unnamed = archive.refusedCount - archive.refused.count
        if unnamed > 0 { self.refused.append(.init(file: file.path, message: "\(unnamed.of("file")) more in it")) }
    }
}

/// How far an upload is: a line on stderr that is written over, where somebody watches, and nothing elsewhere.
final class ProgressBar: Sendable {
    private struct State {
        var sent: [PhotoFile: Int] = [:]
        var total = 0
        var finished = 0
        var shown = ContinuousClock.now - .seconds(1)
        let begun = ContinuousClock.now
    }

    private static let pace: Duration = .milliseconds(100)
    private let files: Int
    private let bytes: Int
    private let isShown: Bool
    private let state = Mutex(State())

    init(files: Int, bytes: Int, isShown: Bool = Terminal.isWatched) {
        self.files = files
        self.bytes = bytes
        self.isShown = isShown
    }

    /// So many bytes of a file are sent, those of an earlier run among them.
    func advance(_ file: PhotoFile, to offset: Int) {
        self.change { state in
            state.total += offset - (state.sent[file] ?? 0)
            state.sent[file] = offset
        }
    }

    func finish(_ file: PhotoFile) {
        self.change { state in
            state.total += file.size - (state.sent[file] ?? 0)
            state.sent[file] = file.size
            state.finished += 1
        }
    }

    /// Takes the line away.
    func clear() {
        guard self.isShown else { return }
        FileHandle.standardError.write(Data("\r\u{1b}[K".utf8))
    }

    private func change(_ body: (inout State) -> Void) {
        let line: String? = self.state.withLock { state in
            body(&state)
            guard self.isShown, state.shown.duration(to: .now) >= Self.pace else { return nil }
            state.shown = .now
            let seconds = state.begun.duration(to: .now) / .seconds(1)
            return Self.line(
                done: state.total, of: self.bytes, files: state.finished, of: self.files, seconds: seconds,
                width: Terminal.statusWidth)
        }
        if let line { FileHandle.standardError.write(Data("\r\(line)\u{1b}[K".utf8)) }
    }

    /// `[#####.....]  48 %  3 of 7  12.1 of 25.0 MB  3.1 MB/s`. Pure.
    static func line(done: Int, of bytes: Int, files: Int, of all: Int, seconds: Double, width: Int) -> String {
        let share = bytes == 0 ? 1 : min(1, Double(done) / Double(bytes))
        let percent = String(repeating: " ", count: share < 0.1 ? 2 : share < 1 ? 1 : 0) + "\(Int(share * 100)) %"
        let speed = seconds > 0.5 ? "  \(Bytes.text(Int(Double(done) / seconds)))/s" : ""
        let text = "\(percent)  \(files) of \(all)  \(Bytes.text(done)) of \(Bytes.text(bytes))\(speed)"
        let room = min(40, width - text.count - 5)
        guard room >= 5 else { return String(text.prefix(max(0, width - 1))) }
        let full = Int(share * Double(room))
        return "[" + String(repeating: "#", count: full) + String(repeating: ".", count: room - full) + "] " + text
    }
}
