import BenchmarkSupport
import Foundation
import Synchronization

/// A server with a hundred thousand photos: how fast its pages are, and how much memory it has.
struct LargeLibrary {
    let photoserver: String
    let folder: String
    let photo: String
    let isQuick: Bool

    private static let server = Mutex<Process?>(nil)

    static func stop() {
        self.server.withLock { server in
            server?.terminate()
            server?.waitUntilExit()
            server = nil
        }
    }

    func run() throws {
        let data = "\(self.folder)/large"
        let count = 100_000
        // An import makes the tables; the rows follow.
        _ = try ChildUsage.of(self.photoserver, ["import", "--data", data, self.photo])
        try LibraryDatabase("\(data)/library.sqlite", isReadOnly: false).fill(count - 1)
        let port = UInt16.random(in: 20_000..<30_000)
        let process = Process()
        process.executableURL = URL(fileURLWithPath: self.photoserver)
        process.arguments = [
            "serve", "--data", data, "--listen", "127.0.0.1:\(port)", "--etcd-listen", "127.0.0.1:\(port + 1_000)",
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        Self.server.withLock { $0 = process }
        let http = try self.signIn(port, data: data)
        let atStart = try Self.resident(process.processIdentifier)
        print("### A library of 100,000 photos")
        print("")
        print("| page or listing | requests | p50 | p99 | asked for | |")
        print("|---|---|---|---|---|---|")
        let requests = self.isQuick ? 60 : 400
        // The page itself, then what its script asks for.
        try self.row("the page “Photos” as HTML", http, requests) { _ in "/photos" }
        try self.row("100 photos, the newest", http, requests) { _ in "/api/v1/photos" }
        try self.paging("scrolling, 200 photos at a time", http, requests, "")
        try self.row("an album of 10,000", http, requests) { "/api/v1/photos?album=\($0 % 10 + 1)" }
        try self.search(http, requests)
        try self.row("by keyword", http, requests) { "/api/v1/photos?keyword=place%20\($0 % 97)" }
        try self.row("by a keyword of 80,000", http, requests) { _ in "/api/v1/photos?keyword=travel" }
        try self.row("by stars", http, requests) { "/api/v1/photos?rating=\($0 % 5 + 1)" }
        try self.row("by date, the oldest month", http, requests) { _ in "/api/v1/photos?to=2014-01-31" }
        try self.row("by orientation and camera", http, requests) {
            "/api/v1/photos?orientation=portrait&camera=Camera%20\($0 % 7)"
        }
        try self.row("favourites of a year", http, requests) {
            "/api/v1/photos?favourite=yes&from=20\(14 + $0 % 10)-01-01&to=20\(14 + $0 % 10)-12-31"
        }
        try self.row("never shown", http, requests) { _ in "/api/v1/photos?shown=no" }
        try self.row("square ones: none", http, requests) { _ in "/api/v1/photos?orientation=square" }
        try self.row("all filters at once", http, requests) {
            "/api/v1/photos?rating=\($0 % 5 + 1)&favourite=yes&shown=no&camera=Camera%20\($0 % 7)&orientation=portrait"
        }
        try self.row("hidden", http, requests) { _ in "/api/v1/photos?shelf=hidden" }
        try self.row("the bin", http, requests) { _ in "/api/v1/photos?shelf=bin" }
        try self.row("keywords that begin so", http, requests) { "/api/v1/keywords?prefix=p\($0 % 2 == 0 ? "l" : "e")" }
        let after = try Self.resident(process.processIdentifier)
        print("")
        let verdict = after < 150e6 ? "reached" : "**missed**"
        print(
            "The server has \(RenditionContest.megabytes(atStart)) resident after its start with them, and "
                + "\(RenditionContest.megabytes(after)) after all these requests (asked for: < 150 MB, \(verdict)).")
        Self.stop()
    }

    private func signIn(_ port: UInt16, data: String) throws -> PlainHTTP {
        let limit = ChildUsage.now() + 60
        while ChildUsage.now() < limit {
            usleep(100_000)
            guard let http = try? PlainHTTP(port: port), (try? http.send("GET", "/health"))?.status == 200,
                let token = try? String(contentsOfFile: "\(data)/setup-token", encoding: .utf8)
            else { continue }
            let form = "token=\(token.trimmingCharacters(in: .newlines))&name=bench&password=four+words+in+a+row"
            let answer = try http.send("POST", "/setup", form, type: "application/x-www-form-urlencoded")
            guard
                let line = answer.head.split(separator: "\r\n").first(where: {
                    $0.lowercased().hasPrefix("set-cookie:")
                }),
                let cookie = line.dropFirst(11).split(separator: ";").first
            else { throw BenchmarkFailure("no session: \(answer.head)") }
            http.cookie = cookie.trimmingCharacters(in: .whitespaces)
            return http
        }
        throw BenchmarkFailure("the server does not answer")
    }

    private func row(_ what: String, _ http: PlainHTTP, _ requests: Int, _ path: (Int) -> String) throws {
        var times: [Double] = []
        for number in 0..<requests {
            let path = path(number)
            let start = ChildUsage.now()
            let answer = try http.send("GET", path)
            times.append((ChildUsage.now() - start) * 1_000)
            guard answer.status == 200 else { throw BenchmarkFailure("\(path): \(answer.head)") }
        }
        Self.tell(what, times)
    }

    /// Words that few photos have, and words that nearly all have: alone, with filters, and scrolled through.
    private func search(_ http: PlainHTTP, _ requests: Int) throws {
        try self.row("search for some", http, requests) { "/api/v1/photos?text=img_0\($0 % 100)" }
        try self.row("search for a title", http, requests) { "/api/v1/photos?text=title%20\($0 * 37 % 9_000)" }
        let typed = Array("place 1")
        try self.row("search as “place 1” is typed, 98,000 found", http, requests) {
            let text = String(typed.prefix(2 + $0 % 6)).replacingOccurrences(of: " ", with: "%20")
            return "/api/v1/photos?text=\(text)"
        }
        try self.row("search for two words of 49,000", http, requests) { _ in "/api/v1/photos?text=travel%20person" }
        let broad = "/api/v1/photos?text=img"
        for (what, filter) in [
            ("stars", "&rating=3"), ("favourites", "&favourite=yes"), ("a camera", "&camera=Camera%203"),
            ("portraits", "&orientation=portrait"), ("a year", "&from=2016-01-01&to=2016-12-31"),
            ("never shown", "&shown=no"),
            ("a keyword of 80,000", "&keyword=travel"), ("an album of 10,000", "&album=3"), ("hidden", "&shelf=hidden"),
        ] {
            try self.row("search for a word of all, and \(what)", http, requests) { _ in broad + filter }
        }
        try self.paging("scrolling through 98,000 found", http, requests, "&text=img")
    }

    /// Page after page, as somebody scrolls.
    private func paging(_ what: String, _ http: PlainHTTP, _ requests: Int, _ query: String) throws {
        struct Page: Decodable { let next: String? }
        var times: [Double] = []
        var next = ""
        for _ in 0..<requests {
            let start = ChildUsage.now()
            let answer = try http.send("GET", "/api/v1/photos?limit=200\(query)\(next)")
            times.append((ChildUsage.now() - start) * 1_000)
            let page = try JSONDecoder().decode(Page.self, from: Data(answer.body))
            let escaped = page.next?.addingPercentEncoding(withAllowedCharacters: .alphanumerics)
            next = escaped.map { "&after=\($0)" } ?? ""
        }
        Self.tell(what, times)
    }

    private static func tell(_ what: String, _ times: [Double]) {
        let percentiles = Percentiles(times)
        print(
            "| \(what) | \(times.count) | \(percentiles.text(50)) ms | **\(percentiles.text(99)) ms** | < 50 ms | "
                + "\(percentiles.value(99) < 50 ? "reached" : "**missed**") |")
    }

    private static func resident(_ process: Int32) throws -> Double {
        let text = try String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        for line in text.split(separator: "\n") where line.hasPrefix("VmRSS:") {
            if let kibibytes = Double(line.split(whereSeparator: \.isWhitespace)[1]) { return kibibytes * 1_024 }
        }
        throw BenchmarkFailure("no VmRSS")
    }
}
