import Foundation
import TestSupport
import Testing

/// Uploads as a person sees them: folders, progress, and what a reload of the page interrupts.
struct UploadPageTests {
    typealias Pages = LibraryPagesTests

    /// A real photo with so many MiB of nothing after its end, so that it takes a while.
    private static func large(_ path: String, mebibytes: Int, photo: Int = 0) throws {
        var bytes = try Data(contentsOf: URL(fileURLWithPath: Pages.photos[photo]))
        bytes.append(Data(count: mebibytes << 20))
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    /// Bytes of unfinished uploads on the server's disk.
    private static func arrived(_ server: RunningServer) -> Int {
        let incoming = "\(server.folder)/data/incoming"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: incoming)) ?? []
        return names.filter { $0.hasSuffix(".partial") }.reduce(0) { sum, name in
            let attributes = try? FileManager.default.attributesOfItem(atPath: "\(incoming)/\(name)")
            return sum + (attributes?[.size] as? Int ?? 0)
        }
    }

    @Test(.timeLimit(.minutes(4)))
    func `an upload goes on by itself after the page was loaded again`() async throws {
        let look = Pages.Look(width: 1280, isDark: true)
        try await Pages.withPage(look) { server, browser in
            try await browser.open("\(server.base)/photos")
            try Self.large("\(server.folder)/large.jpg", mebibytes: 30)
            try await browser.limitUpload(to: 3 << 20)
            try await browser.type("\(server.folder)/large.jpg", into: "[data-testid=file-input]")
            try await eventually("its first part having arrived", within: .seconds(60)) {
                Self.arrived(server) >= 8 << 20
            }
            // Its own progress, and that of the whole.
            let progress = try await browser.run(
                """
                return [...document.querySelectorAll('[data-testid=upload] progress, [data-testid=upload-total]')]
                    .map((bar) => bar.value > 0.1 && bar.value < 1).join();
                """)
            #expect(progress == "true,true")
            try await Pages.keep(browser, "upload-going", look)
            try await browser.open("\(server.base)/photos")
            let before = Self.arrived(server)
            #expect(before >= 8 << 20)
            try await browser.limitUpload(to: 0)
            try await eventually("the upload being finished", within: .seconds(60)) {
                try await browser.text(of: "[data-testid=upload-summary]") == "1 of 1 uploaded"
            }
            // It did not begin anew.
            let offsets = try await browser.run(
                """
                return performance.getEntriesByType('resource').map((entry) => entry.name)
                    .filter((name) => name.includes('offset=')).map((name) => name.split('offset=')[1]).join();
                """)
            let first = offsets.split(separator: ",").first.flatMap { Int($0) } ?? 0
            #expect(first >= 8 << 20, "\(offsets)")
            try await Pages.expectTiles(1, browser, "the photo")
            #expect(try FileManager.default.contentsOfDirectory(atPath: "\(server.folder)/data/incoming").isEmpty)
            // And it is over: the next page has nothing to go on with.
            try await browser.open("\(server.base)/photos")
            try await Pages.expectTiles(1, browser, "the photo, still once")
            #expect(try await browser.count(of: "[data-testid=upload]") == 0)
        }
    }

    @Test(.timeLimit(.minutes(4)))
    func `an upload whose file the browser does not have is asked for, and goes on when it is chosen again`()
        async throws
    {
        let look = Pages.Look(width: 390, isDark: false)
        try await Pages.withPage(look) { server, browser in
            try await browser.open("\(server.base)/photos")
            try Self.large("\(server.folder)/large.jpg", mebibytes: 20)
            try await browser.limitUpload(to: 3 << 20)
            try await browser.type("\(server.folder)/large.jpg", into: "[data-testid=file-input]")
            try await eventually("its first part having arrived", within: .seconds(60)) {
                Self.arrived(server) >= 8 << 20
            }
            // As in another browser, or after its data was cleared; the server last heard of it a while ago.
            try await browser.open("\(server.base)/albums")
            try await browser.run("indexedDB.deleteDatabase('uploads')")
            try await browser.limitUpload(to: 0)
            let incoming = "\(server.folder)/data/incoming"
            try await eventually("the connection being given up") {
                let names = try FileManager.default.contentsOfDirectory(atPath: incoming)
                    .filter { $0.hasSuffix(".partial") }
                for name in names {
                    try FileManager.default.setAttributes(
                        [.modificationDate: Date().addingTimeInterval(-3_600)], ofItemAtPath: "\(incoming)/\(name)")
                }
                let before = Self.arrived(server)
                try await Task.sleep(for: .milliseconds(300))
                return Self.arrived(server) == before
            }
            try await browser.open("\(server.base)/photos")
            try await eventually("being asked for the file") {
                try await browser.text(of: "[data-testid=upload]").contains("Choose the file again")
            }
            try await Pages.keep(browser, "upload-stopped", look)
            try await browser.type("\(server.folder)/large.jpg", into: "[data-testid=file-input]")
            try await eventually("the upload being finished", within: .seconds(60)) {
                try await browser.text(of: "[data-testid=upload-summary]") == "1 of 1 uploaded"
            }
            let offsets = try await browser.run(
                """
                return performance.getEntriesByType('resource').map((entry) => entry.name)
                    .filter((name) => name.includes('offset=')).map((name) => name.split('offset=')[1]).join();
                """)
            #expect(offsets.split(separator: ",").first.flatMap { Int($0) } ?? 0 >= 8 << 20, "\(offsets)")
            try await Pages.expectTiles(1, browser, "the photo")
        }
    }

    @Test(.timeLimit(.minutes(4)), arguments: [390, 1280])
    func `whole folders are dropped or chosen, what is known already is said, what is none is named`(width: Int)
        async throws
    {
        let look = Pages.Look(width: width, isDark: width == 390)
        try await Pages.withPage(look, mayComplain: true) { server, browser in
            let folder = "\(server.folder)/Holiday"
            try FileManager.default.createDirectory(atPath: "\(folder)/Day 1/.cache", withIntermediateDirectories: true)
            try FileManager.default.createDirectory(atPath: "\(folder)/Day 2", withIntermediateDirectories: true)
            for (number, name) in ["Day 1/a.jpg", "Day 1/b.jpg", "Day 2/c.jpg"].enumerated() {
                try FileManager.default.copyItem(atPath: Pages.photos[number], toPath: "\(folder)/\(name)")
            }
            try FileManager.default.copyItem(atPath: Pages.photos[0], toPath: "\(folder)/Day 2/again.jpg")
            try Data("Dear diary".utf8).write(to: URL(fileURLWithPath: "\(folder)/Day 2/diary.jpg"))
            try Data("hidden".utf8).write(to: URL(fileURLWithPath: "\(folder)/Day 2/.DS_Store"))
            try await browser.open("\(server.base)/photos")
            // A phone has no file manager to drag from.
            if look.isPhone {
                try await browser.type(folder, into: "[data-testid=folder-input]")
            } else {
                try await browser.drop([folder])
            }
            try await eventually("all being looked at", within: .seconds(60)) {
                try await browser.text(of: "[data-testid=upload-summary]") == "4 of 5 uploaded, 1 failed"
            }
            let notes = try await browser.run(
                """
                return [...document.querySelectorAll('[data-testid=upload]')].map((item) =>
                    item.querySelector('.upload-name').textContent + ': ' + item.querySelector('.upload-note').textContent)
                    .sort().join('|');
                """)
            let lines = notes.split(separator: "|").map(String.init)
            #expect(lines.count == 5)
            #expect(lines.filter { $0.hasSuffix("Already here") }.count == 1, "\(lines)")
            #expect(lines.contains { $0.hasPrefix("diary.jpg: ") && $0.contains("not a picture") }, "\(lines)")
            try await Pages.keep(browser, "upload-folder", look)
            try await Pages.expectTiles(3, browser, "three photos")
        }
    }
}
