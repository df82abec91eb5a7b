import EtcdClient
import Foundation
import TestSupport
import Testing

/// The documentation's code compiles, and does what is said beside it.
@Suite struct DocumentationTests {
    private static let catalog = "\(PackageFolder.path)/Sources/EtcdClient/EtcdClient.docc"

    @Test func `every piece of code in the articles is compiled`() throws {
        let snippets = try String(
            contentsOfFile: #filePath.replacing("DocumentationTests", with: "DocumentationSnippets"), encoding: .utf8)
        let compiled = Self.lines(snippets)
        var count = 0
        for file in try FileManager.default.contentsOfDirectory(atPath: Self.catalog) where file.hasSuffix(".md") {
            let article = try String(contentsOfFile: "\(Self.catalog)/\(file)", encoding: .utf8)
            for block in Self.codeBlocks(article) {
                count += 1
                let isCompiled = compiled.contains(Self.lines(block))
                #expect(isCompiled, "\(file) has code that is not compiled:\n\(block)")
            }
        }
        #expect(count > 10)
    }

    @Test func `code that differs in a word is not taken for compiled`() {
        let compiled = Self.lines("a\n    let b = 1\n\n    c()\nd")
        #expect(compiled.contains(Self.lines("let b = 1\nc()")))
        #expect(!compiled.contains(Self.lines("let b = 2\nc()")))
        #expect(Self.codeBlocks("x\n```swift\nlet y = 1\n```\nz\n```\nno\n```\n") == ["let y = 1\n"])
    }

    /// Without indentation and empty lines.
    private static func lines(_ text: String) -> [String] {
        text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    private static func codeBlocks(_ article: String) -> [String] {
        var blocks: [String] = []
        var isInside = false
        for line in article.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.hasPrefix("```") {
                if !isInside, line == "```swift" { blocks.append("") }
                isInside = !isInside && line == "```swift"
            } else if isInside {
                blocks[blocks.count - 1] += line + "\n"
            }
        }
        return blocks
    }
}

extension RealServers {
    @Suite struct DocumentationRuns {
        @Test func `the tutorial's steps do what they say`() async throws {
            try await withEmbeddedServer { endpoint in
                try await withClient(endpoint) { client in
                    #expect(try await DocumentationSnippets.putAndRead(client).count == 1)
                    #expect(try await DocumentationSnippets.transaction(client))
                    #expect(try await !DocumentationSnippets.transaction(client))
                    for _ in 0..<3 { try await DocumentationSnippets.atomically(client) }
                    #expect(try await client.get("visits")?.value == "3")
                    try await DocumentationSnippets.condition(client)
                    #expect(try await client.get("hall/light")?.value == "on")
                    try await DocumentationSnippets.errors(client)
                    try await DocumentationSnippets.lock(client)
                    #expect(try await client.get("album/cover")?.value == "42")
                    try await client.put("album/draft/1", "x")
                    try await DocumentationSnippets.fencing(client)
                    #expect(try await client.range(.prefix("album/draft/")).count == 0)
                    try await DocumentationSnippets.session(client) {
                        let lease = try await client.get("here/hall")?.lease
                        #expect(lease != nil)
                    }
                    #expect(try await client.get("here/hall") == nil)
                    try await DocumentationSnippets.leadership(client) {
                        let leader = try await client.leader(of: "publisher")
                        #expect(leader?.value == "host-1")
                    }
                    #expect(try await client.get("publisher/state")?.value == "started")
                }
            }
        }

        @Test func `a follower takes a new snapshot after a compaction`() async throws {
            try await withEmbeddedServer { endpoint in
                try await withClient(endpoint) { client in
                    let old = try await client.put("hall/light", "on").revision
                    let last = try await client.put("hall/light", "off").revision
                    try await client.compact(to: last)
                    let replaced = Shared<[String]>([])
                    try await DocumentationSnippets.compacted(
                        client, from: old, { _ in },
                        { snapshot in replaced.update { $0 += snapshot.keyValues.map(\.value.string) } })
                    #expect(replaced.get() == ["off"])
                }
            }
        }
    }
}
