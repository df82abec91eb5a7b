import BenchmarkSupport
import Foundation

/// The peer: Chromium as a kiosk, on an X server of its own, with a page that shows photos as a frame does.
final class Kiosk {
    let browser: Program
    private let server: Program

    /// - Parameters:
    ///   - photos: Paths; crossfaded every four seconds when there are several.
    init(chromium: String, photos: [String], folder: String) async throws {
        let name = UUID().uuidString.prefix(8)
        let page = "\(folder)/kiosk-\(name).html"
        try Self.html(photos).write(toFile: page, atomically: true, encoding: .utf8)
        let log = "\(folder)/xvfb-\(name).log"
        self.server = try Program(
            "/usr/bin/Xvfb", ["-displayfd", "1", "-screen", "0", "1920x1080x24", "-nolisten", "tcp", "-noreset"],
            log: log)
        var display: String?
        for _ in 0..<200 where display == nil {
            try await Task.sleep(for: .milliseconds(50))
            display = try String(contentsOfFile: log, encoding: .utf8).split(separator: "\n").first { Int($0) != nil }
                .map(String.init)
        }
        guard let display else { throw BenchmarkFailure("no X server") }
        self.browser = try Program(
            chromium,
            [
                "--kiosk", "--no-sandbox", "--no-first-run", "--disable-extensions", "--window-size=1920,1080",
                "--user-data-dir=\(folder)/profile-\(name)", "file://\(page)",
            ], environment: ["DISPLAY": ":\(display)"], log: "\(folder)/chromium-\(name).log")
    }

    func stop() throws {
        let all = try ProcessTree(root: self.browser.identifier).identifiers()
        self.browser.stop()
        // Some of what a browser starts outlives it.
        for process in all.dropFirst() { kill(process, SIGKILL) }
        self.server.stop()
    }

    private static func html(_ photos: [String]) -> String {
        let list = photos.map { "\"file://\($0)\"" }.joined(separator: ",")
        return """
            <!doctype html><meta charset="utf-8"><style>
            html, body { margin: 0; height: 100%; background: #000; overflow: hidden; cursor: none }
            img { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; opacity: 0;
                  transition: opacity 1s linear }
            img.on { opacity: 1 }
            </style><img><img><script>
            const photos = [\(list)], images = document.images;
            let number = 0, front = 0;
            async function next() {
              const image = images[1 - front];
              image.src = photos[number++ % photos.length];
              await image.decode();
              images[front].classList.remove("on");
              image.classList.add("on");
              front = 1 - front;
            }
            next();
            if (photos.length > 1) setInterval(next, 4000);
            </script>
            """
    }
}
