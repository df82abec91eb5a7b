import CSys
import Glibc
import Renditions
import Synchronization

/// What happens in folders, from inotify(7). Belongs to one task.
final class FolderWatch {
    enum Event: Hashable {
        /// A file was written to its end and closed, or moved here.
        case file(String)
        /// A folder was made here, or moved here.
        case folder(String)
        /// Too much happened at once: look at everything again.
        case overflow
    }

    private let descriptor: Int32
    private let canceller: Canceller
    private var paths: [Int32: String] = [:]

    private final class Canceller: Sendable {
        let descriptor = csys_eventfd()
        func wake() {
            var one: UInt64 = 1
            _ = write(self.descriptor, &one, 8)
        }
        deinit { if self.descriptor >= 0 { close(self.descriptor) } }
    }

    init() throws {
        self.descriptor = inotify_init1(Int32(IN_NONBLOCK | IN_CLOEXEC))
        self.canceller = Canceller()
        guard self.descriptor >= 0, self.canceller.descriptor >= 0 else {
            throw DurableFile.Failure("watch", "folders")
        }
    }

    deinit { if self.descriptor >= 0 { close(self.descriptor) } }

    /// Watches one folder, not those in it. A folder that went meanwhile is passed over.
    func add(_ path: String) throws {
        let mask = UInt32(IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR | IN_DONT_FOLLOW)
        let number = inotify_add_watch(self.descriptor, path, mask)
        if number < 0 && (errno == ENOENT || errno == ENOTDIR) { return }
        guard number >= 0 else { throw DurableFile.Failure("watch", path) }
        self.paths[number] = path
    }

    /// Waits until something happens, the time is over, or the task is cancelled.
    func next(within limit: Duration) async throws -> [Event] {
        let (descriptor, canceller) = (self.descriptor, self.canceller)
        let milliseconds = Int32(clamping: Int(limit / Duration.milliseconds(1)))
        try await withTaskCancellationHandler {
            try await BlockingWork.run {
                var polls = [
                    pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
                    pollfd(fd: canceller.descriptor, events: Int16(POLLIN), revents: 0),
                ]
                while poll(&polls, 2, milliseconds) < 0, errno == EINTR {}
            }
        } onCancel: {
            canceller.wake()
        }
        try Task.checkCancellation()
        return self.read()
    }

    private func read() -> [Event] {
        var events: [Event] = []
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while true {
            let count = Glibc.read(self.descriptor, &buffer, buffer.count)
            if count < 0 && errno == EINTR { continue }
            guard count > 0 else { return events }
            buffer.withUnsafeBytes { bytes in
                var position = 0
                while position + MemoryLayout<inotify_event>.size <= count {
                    let event = bytes.loadUnaligned(fromByteOffset: position, as: inotify_event.self)
                    let start = position + MemoryLayout<inotify_event>.size
                    let name = bytes[start..<min(start + Int(event.len), count)].prefix { $0 != 0 }
                    position = start + Int(event.len)
                    if event.mask & UInt32(IN_Q_OVERFLOW) != 0 { events.append(.overflow) }
                    if event.mask & UInt32(IN_IGNORED) != 0 { self.paths[event.wd] = nil }
                    guard let folder = self.paths[event.wd], !name.isEmpty else { continue }
                    let path = "\(folder)/\(String(decoding: name, as: UTF8.self))"
                    if event.mask & UInt32(IN_ISDIR) != 0 {
                        events.append(.folder(path))
                    } else if event.mask & UInt32(IN_CLOSE_WRITE | IN_MOVED_TO) != 0 {
                        events.append(.file(path))
                    }
                }
            }
        }
    }
}
