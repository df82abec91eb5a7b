import BenchmarkSupport
import EtcdClient
import Foundation

/// What the server does for a wall of a thousand displays. Prints Markdown.
@main
enum Program {
    static let displays = 1_000
    static let photos = 200
    static let big = 100_000

    static func main() async {
        let arguments = CommandLine.arguments.dropFirst()
        guard arguments.count >= 5 else {
            FileHandle.standardError.write(
                Data("usage: the-wall PHOTOSERVER ETCD PYTHON SCRIPT FOLDER [--quick]\n".utf8))
            exit(64)
        }
        let paths = Array(arguments)
        raiseOpenFileLimit()
        onTermination { ServerProcess.stopAll() }
        do {
            try await Self.measure(
                photoserver: paths[0], etcd: paths[1], python: paths[2], script: paths[3], folder: paths[4],
                samples: paths.contains("--quick") ? 50 : 400)
            ServerProcess.stopAll()
        } catch {
            ServerProcess.stopAll()
            FileHandle.standardError.write(Data("the-wall: \(error)\n".utf8))
            exit(1)
        }
    }

    static func display(_ number: Int) -> String { "00000000-0000-4000-8000-\(String(format: "%012d", number))" }

    private static func measure(
        photoserver: String, etcd: String, python: String, script: String, folder: String, samples: Int
    ) async throws {
        let store = try ServerProcess(.etcd(path: etcd), below: folder)
        let server = try Server(photoserver: photoserver, etcd: store, folder: "\(folder)/wall")
        defer { server.stop() }
        try server.seed(python: python, script: script, displays: Self.displays, photos: Self.photos, big: Self.big)
        try server.start()
        let mediator = try Mediator(port: store.port)
        try await mediator.allPublished(Self.displays)
        let following = Task { await mediator.follow() }
        defer { following.cancel() }
        let lease = try await mediator.client.grantLease(ttl: .seconds(3_600)).id
        for number in 0..<Self.displays {
            try await mediator.report(Self.display(number), number, photos: Self.photos, lease: lease)
        }
        try await Task.sleep(for: .seconds(3))

        let table = Table()
        try await Self.clicks(server, mediator, samples, table)
        try await Self.albums(server, mediator, table)
        try Self.page(server, samples, table)
        try Self.listeners(server, table)
        guard !server.log.contains("rendition failed") else {
            throw BenchmarkFailure("the server was cutting photos: the script's recipe is not its own any more")
        }
        table.print()
    }

    /// A click's way to its key, beside a put of a client alone, by turns.
    private static func clicks(_ server: Server, _ mediator: Mediator, _ samples: Int, _ table: Table) async throws {
        let connection = try HTTPConnection(port: server.port)
        var clicks: [Double] = []
        var puts: [Double] = []
        for sample in 0..<samples {
            let start = ContinuousClock.now
            try await mediator.client.put("/bench/bare", Value("\(sample)"))
            puts.append((ContinuousClock.now - start) / .milliseconds(1))
            let path = "/api/v1/displays/\(Self.display(sample % Self.displays))"
            let body = "{\"settings\":{\"interval_time\":\(sample + 1_000)}}"
            clicks.append(
                try await mediator.time(topic: "settings", displays: 1) {
                    let answer = try connection.call("PATCH", path, server.headers, body)
                    guard answer.status == 200 else {
                        throw BenchmarkFailure("the change was refused: \(answer.status)")
                    }
                })
        }
        let (click, put) = (Percentiles(clicks.dropFirst(20).map { $0 }), Percentiles(puts.dropFirst(20).map { $0 }))
        table.row(
            "click to key written, by a watch, p50 / p99", "\(click.text(50)) / \(click.text(99)) ms",
            "bare put \(put.text(50)) / \(put.text(99)) ms")
        let more = click.value(99) - put.value(99)
        table.row("p99 more than the bare put", String(format: "%.1f ms", more), "under 5 ms", more < 5)
    }

    private static func albums(_ server: Server, _ mediator: Mediator, _ table: Table) async throws {
        let connection = try HTTPConnection(port: server.port)
        struct Albums: Decodable {
            struct Album: Decodable {
                let id: Int
                let name: String
            }
            let albums: [Album]
        }
        let list = try connection.call("GET", "/api/v1/albums", server.headers)
        let albums = try JSONDecoder().decode(Albums.self, from: Data(list.body)).albums
        guard let shown = albums.first(where: { $0.name == "Shown" })?.id,
            let big = albums.first(where: { $0.name == "Big" })?.id
        else { throw BenchmarkFailure("the albums are missing") }
        var times: [Double] = []
        for name in ["A", "B", "C", "D", "E"] {
            times.append(
                try await mediator.time(topic: "playlist", displays: Self.displays) {
                    let answer = try connection.call(
                        "PATCH", "/api/v1/albums/\(shown)", server.headers, "{\"name\":\"\(name)\"}")
                    guard answer.status == 200 else { throw BenchmarkFailure("renaming was refused: \(answer.status)") }
                })
            try await Task.sleep(for: .seconds(1))
        }
        let all = Percentiles(times)
        table.row(
            "1,000 displays given a new album of \(Self.photos) photos: last key written, median [range] of 5",
            "\(all.text(50)) [\(Int(all.smallest))–\(Int(all.largest))] ms", "under 1 s", all.value(50) < 1_000)

        for number in 0..<100 {
            _ = try connection.call(
                "PATCH", "/api/v1/displays/\(Self.display(number))", server.headers, "{\"album\":\(big)}")
        }
        try await Task.sleep(for: .seconds(15))
        let cpu = try server.cpuSeconds()
        let time = try await mediator.time(topic: "playlist", displays: 100) {
            _ = try connection.call("PATCH", "/api/v1/albums/\(big)", server.headers, "{\"name\":\"Huge\"}")
        }
        let work = try server.cpuSeconds() - cpu
        table.row(
            "an album of 100,000 photos changed on 100 displays: last key written",
            String(format: "%.2f s, %.2f s of CPU", time / 1_000, work), "one second", work < 1)
    }

    private static func page(_ server: Server, _ samples: Int, _ table: Table) throws {
        let connection = try HTTPConnection(port: server.port)
        var times: [Double] = []
        var bytes = 0
        for _ in 0..<samples {
            let start = ContinuousClock.now
            let answer = try connection.call("GET", "/displays", server.headers)
            times.append((ContinuousClock.now - start) / .milliseconds(1))
            guard answer.status == 200 else { throw BenchmarkFailure("the page was refused: \(answer.status)") }
            bytes = answer.body.count
        }
        let page = Percentiles(times)
        table.row(
            "page of 1,000 displays, p50 / p99", "\(page.text(50)) / \(page.text(99)) ms", "under 50 ms",
            page.value(99) < 50)
        table.row("its size", "\(bytes / 1_000) KB", "under 200 KB", bytes < 200_000)
    }

    /// Memory of pages that follow the live events, each told of every display once.
    private static func listeners(_ server: Server, _ table: Table) throws {
        let count = 1_000
        let before = try server.anonymousBytes()
        var connections: [HTTPConnection] = []
        for _ in 0..<count {
            let connection = try HTTPConnection(port: server.port)
            try connection.send("GET", "/api/v1/events?view=library", server.headers)
            let head = try connection.readHead()
            guard head[0].contains("200") else { throw BenchmarkFailure("a follower was refused: \(head[0])") }
            connections.append(connection)
        }
        usleep(2_000_000)
        let each = (try server.anonymousBytes() - before) / Double(count) / 1_024
        table.row(
            "memory for each of 1,000 pages that follow", String(format: "%.1f KiB", each), "under 60 KiB", each < 60)
        withExtendedLifetime(connections) {}
    }
}

/// The rows of the section.
final class Table {
    private var rows: [String] = []

    func row(_ what: String, _ value: String, _ aim: String, _ isReached: Bool? = nil) {
        self.rows.append("| \(what) | \(value) | \(aim)\(isReached.map { $0 ? ", reached" : ", missed" } ?? "") |")
    }

    func print() {
        Swift.print("| what | measured | aim |\n|---|---|---|")
        for row in self.rows { Swift.print(row) }
    }
}
