import Foundation
import TestSupport
import Testing

extension PhotoctlTests {
    /// The transcripts of the user guide: every command in it is run, in its order, on one installation, and has to say
    /// what stands there. `scripts/check-guide --write` writes down what they say.
    @Suite(.serialized) struct GuideTests {
        private static let guide = "\(PackageFolder.path)/docs/photoctl.md"

        @Test(.timeLimit(.minutes(4))) func `the guide's commands say what it says`() async throws {
            try await Installation.with(hasDisplay: true, logsIn: false) { house in
                let names = try await Self.prepare(house)
                var document = Transcript(try String(contentsOfFile: Self.guide, encoding: .utf8))
                let isWriting = ProcessInfo.processInfo.environment["VITRINE_WRITE_GUIDE"] != nil
                for index in document.runs.indices {
                    let run = document.runs[index]
                    let said = try await Self.run(names.real(run.command), house)
                    if isWriting {
                        document.runs[index].output = Transcript.tidied(names.written(said))
                    } else {
                        #expect(
                            Transcript.masked(names.written(said)) == Transcript.masked(run.output),
                            "\(run.command)\n\(said)")
                    }
                }
                if isWriting { try document.text.write(toFile: Self.guide, atomically: true, encoding: .utf8) }
            }
        }

        @Test func `the guide has a transcript of every command`() async throws {
            let document = Transcript(try String(contentsOfFile: Self.guide, encoding: .utf8))
            let commands = document.runs.map(\.command).joined(separator: "\n")
            let all = try await CommandTree.leaves()
            #expect(all.count > 60)
            for command in all where !command.hasPrefix("photoctl store") && !command.hasPrefix("photoctl help") {
                let isThere = commands.contains(try Regex("\(command)(\\s|$|\\))"))
                #expect(isThere, "\(command) has no transcript")
            }
        }

        /// The photos, a browser that waits to be let in, and what is called otherwise in the guide.
        private static func prepare(_ house: Installation) async throws -> Names {
            try FileManager.default.createDirectory(
                atPath: "\(house.folder)/holiday", withIntermediateDirectories: true)
            let prepared = try await Shell.run(
                """
                set -e
                for name in Dune Garden RainDrops; do
                    convert /usr/share/backgrounds/mate/nature/$name.jpg -resize 800x600 holiday/$name.jpg
                done
                exiftool -quiet -overwrite_original -DateTimeOriginal='2024:06:21 19:30:00' holiday/Dune.jpg
                exiftool -quiet -overwrite_original -DateTimeOriginal='2024:06:22 08:05:00' -Make=Acme -Model=One \
                    holiday/Garden.jpg
                printf 'no photo' > holiday/notes.jpg
                printf '%s\\n' '\(Installation.password)' > password
                curl --fail --silent --header 'content-type: application/json' --data \
                    '{"id": "kitchen", "secret": "a secret that the display made itself", "kind": "browser", "name": "Kitchen", "width": 1280, "height": 800}' \
                    \(house.url)/api/v1/display/registrations
                """, folder: house.folder)
            let code = try #require(
                prepared.output.firstMatch(of: /"code":"([^"]+)"/)?.output.1, "\(prepared)")
            return Names(pairs: [
                ("http://127.0.0.1:8080", house.url), ("K7M2PQ", String(code)), ("/home/ada", house.folder),
            ])
        }

        private static func run(_ command: String, _ house: Installation) async throws -> String {
            var environment = house.environment
            let programs = URL(fileURLWithPath: try BuiltProgram.photoctl).deletingLastPathComponent().path
            environment["PATH"] = programs + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? "")
            let outcome = try await Shell.run(command + " 2>&1", environment: environment, folder: house.folder)
            let status = outcome.status == 0 ? "" : "\n[exit \(outcome.status)]"
            return outcome.output.trimmingCharacters(in: .newlines) + status
        }
    }
}

/// What is called one thing in the guide and another in a test.
private struct Names {
    let pairs: [(written: String, real: String)]

    func real(_ text: String) -> String {
        self.pairs.reduce(text) { $0.replacing($1.written, with: $1.real) }
    }

    func written(_ text: String) -> String {
        self.pairs.reduce(text) { $0.replacing($1.real, with: $1.written) }
    }
}

/// A document with blocks of commands and what they say.
private struct Transcript {
    struct Run {
        var command: String
        var output: String
    }

    private enum Part {
        case text(String)
        case run(Int)
    }

    private var parts: [Part] = []
    var runs: [Run] = []

    init(_ text: String) {
        var isInBlock = false
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line == "```console" || (isInBlock && line == "```") {
                isInBlock = line == "```console"
                self.parts.append(.text(String(line)))
            } else if isInBlock, line.hasPrefix("$ ") {
                self.runs.append(Run(command: String(line.dropFirst(2)), output: ""))
                self.parts.append(.run(self.runs.count - 1))
            } else if isInBlock, !self.runs.isEmpty {
                let last = self.runs.count - 1
                // A command that goes on in the next line.
                if self.runs[last].output.isEmpty, self.runs[last].command.hasSuffix("\\") {
                    self.runs[last].command += "\n" + line
                } else {
                    self.runs[last].output += (self.runs[last].output.isEmpty ? "" : "\n") + line
                }
            } else {
                self.parts.append(.text(String(line)))
            }
        }
    }

    var text: String {
        self.parts.map { part in
            switch part {
            case .text(let line): line
            case .run(let index):
                "$ \(self.runs[index].command)"
                    + (self.runs[index].output.isEmpty ? "" : "\n\(self.runs[index].output)")
            }
        }.joined(separator: "\n")
    }

    /// Without what should not stand in a document.
    static func tidied(_ text: String) -> String {
        text.replacing(/vitrine_[A-Za-z0-9_-]+/, with: "vitrine_…")
            .replacing(/(token|link)=[A-Za-z0-9_-]+/) { "\($0.output.1)=…" }
    }

    /// Without what is otherwise in every run: times, durations, random identities, and the width of columns.
    static func masked(_ text: String) -> String {
        Self.tidied(text)
            .replacing(/[0-9a-f]{8}-[0-9a-f-]{27}/, with: "UUID")
            .replacing(/\b20\d\d-\d\d-\d\d(T[0-9:]+Z?)?( \d\d:\d\d)?\b/, with: "DATE")
            .replacing(/\b\d\d:\d\d:\d\d\b/, with: "TIME")
            .replacing(/\b\d+(\.\d+)? m?s\b/, with: "DURATION")
            .replacing(/\b\d+\.\d+\.\d+\.\d+\b/, with: "ADDRESS")
            .replacing(/\b\d+ bytes\b/, with: "BYTES")
            .replacing(/-?-{3,}/, with: "RULE")
            .replacing(/\h{2,}/, with: " ")
    }
}
