import HTTPTypes
import NIOCore
import ServiceLifecycle
import Synchronization

/// Pictures of screens on their way from a display to the person who asked: a few, in memory, for a short while.
final class ScreenPictures: Sendable {
    private struct Expected {
        let display: String
        var picture: ByteBuffer?
        var isAwaited = false
        let bell: AsyncStream<Void>
        let ringer: AsyncStream<Void>.Continuation
    }

    /// Requests remembered; the oldest is forgotten first.
    private static let capacity = 16
    /// How long somebody waits for a display that does not answer.
    private static let patience: Duration = .seconds(10)

    private let expected = Mutex(BoundedTable<String, Expected>())

    /// Makes a request id that only this display can answer.
    func expect(from display: String) throws -> String {
        // Of the command's alphabet: letters, digits and "-".
        let request = String(SecretToken.hash(of: SecretToken().text).prefix(32))
        let (bell, ringer) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let evicted = self.expected.withLock {
            $0.set(request, Expected(display: display, bell: bell, ringer: ringer), capacity: Self.capacity)
        }
        evicted?.ringer.finish()
        return request
    }

    /// Takes a display's answer. One that nobody asked this display for is refused.
    func deliver(_ picture: ByteBuffer, request: String, from display: String) throws {
        let ringer = try self.expected.withLock { table in
            guard var entry = table[request], entry.display == display, entry.picture == nil else {
                throw Problem(.notFound, "picture-not-asked-for", "Nobody asked this display for this picture.")
            }
            entry.picture = picture
            table[request] = entry
            return entry.ringer
        }
        ringer.finish()
    }

    /// The picture, as soon as it is there.
    func wait(for request: String, of display: String) async throws -> ByteBuffer {
        let bell = try self.expected.withLock { table in
            guard var entry = table[request], entry.display == display, !entry.isAwaited else {
                throw Problem(.notFound, "picture-not-asked-for", "There is no such request for a picture.")
            }
            entry.isAwaited = true
            table[request] = entry
            return entry.bell
        }
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { for await _ in bell {} }
                group.addTask { try? await Task.sleep(for: Self.patience) }
                await group.next()
                group.cancelAll()
            }
        }
        let entry = self.expected.withLock { table in
            defer { table[request] = nil }
            return table[request]
        }
        guard let picture = entry?.picture else {
            throw Problem(
                .gatewayTimeout, "picture-not-answered", "The display did not send a picture within 10 s.",
                remedy: "Look whether it is online, and try again.")
        }
        return picture
    }
}
