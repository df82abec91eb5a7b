import Foundation
import Testing
import TestSupport

/// Every part dies at its worst moment; nothing that was acknowledged is lost.
@Suite(.serialized) struct KillTests {
    @Test(.timeLimit(.minutes(10)), arguments: [House.Mediator.store, .etcd])
    func `each part is killed in turn and the display ends at the newest state`(mediator: House.Mediator) async throws {
        let (dune, storm, wood) = (try RealPhotos.dune, try RealPhotos.storm, try RealPhotos.wood)
        try await House.withHouse(mediator) { house in
            let duneShown = try await Self.reference(house, dune)
            let stormShown = try await Self.reference(house, storm)
            let albums = try await Self.albums(house, [dune, storm, wood])
            let display = try await house.display().id
            try await house.api.change(display, ["album": albums[0], "settings": ["transition_ms": 200]])
            try await house.showsOnScreen(dune)

            // The mediator dies. The change is acknowledged all the same, and arrives when there is a mediator again.
            house.kill(.mediator)
            try await house.api.change(display, ["album": albums[1]])
            #expect(try house.frame().psnr(against: duneShown) > House.likenessLimit)
            try await house.start(.mediator)
            try await house.showsOnScreen(storm)

            // The server dies; the display plays on.
            house.kill(.server)
            #expect(try house.frame().psnr(against: stormShown) > House.likenessLimit)
            try await house.start(.server)
            #expect(try await house.api.display(display).album == albums[1])
            try await house.api.change(display, ["album": albums[2]])
            try await house.showsOnScreen(wood)

            // The display dies, and learns of what it missed when it is back.
            house.kill(.viewer)
            try await house.api.change(display, ["album": albums[0]])
            try await house.start(.viewer)
            try await house.showsOnScreen(dune)

            // All die; the display alone comes back and plays from its own disk.
            for role in [House.Role.viewer, .server, .mediator] { house.kill(role) }
            try FileManager.default.removeItem(atPath: "\(house.folder)/frames/latest.jpg")
            try await house.start(.viewer)
            try await house.showsOnScreen(dune)
            try await house.start(.mediator)
            try await house.start(.server)
            try await house.api.change(display, ["album": albums[1]])
            try await house.showsOnScreen(storm)
            try await Self.isUpToDate(house, display)
        }
    }

    @Test(.timeLimit(.minutes(8)), arguments: [House.Mediator.embedded, .etcd])
    func `a server killed between a change and its publishing publishes it when it is back`(
        mediator: House.Mediator
    ) async throws {
        try await House.withHouse(mediator) { house in
            let display = try await house.display().id
            // Killed at another moment after the acknowledgement each time, most of them before the publisher is done.
            for delay in [0, 1, 3, 8, 20] {
                let name = "Hall \(delay)"
                try await house.api.change(display, ["name": name])
                try await Task.sleep(for: .milliseconds(delay))
                house.kill(.server)
                try await house.start(.server)
                #expect(try await house.api.display(display).name == name)
                try await Self.isUpToDate(house, display)
            }
        }
    }

    @Test(.timeLimit(.minutes(5))) func `everything stops when asked, and starts again as it was`() async throws {
        let dune = try RealPhotos.dune
        try await House.withHouse(.embedded) { house in
            let album = try await Self.albums(house, [dune])[0]
            let display = try await house.display().id
            try await house.api.change(display, ["album": album])
            try await house.showsOnScreen(dune)
            #expect(try await house.stop(.viewer) == 0)
            #expect(try await house.stop(.server) == 0)
            try await house.start(.server)
            try await house.start(.viewer)
            try await house.showsOnScreen(dune)
            #expect(try await house.api.displays().map(\.id) == [display])
        }
    }

    private static func albums(_ house: House, _ photos: [String]) async throws -> [Int64] {
        var albums: [Int64] = []
        for photo in photos {
            let album = try await house.api.createAlbum(URL(fileURLWithPath: photo).lastPathComponent)
            try await house.api.upload(photo, into: album)
            albums.append(album)
        }
        return albums
    }

    private static func reference(_ house: House, _ photo: String) async throws -> Picture {
        try await Picture.reference(of: photo, width: House.width, height: House.height, folder: house.folder)
    }

    /// Waits until the display says that it has applied the newest state that the server has published.
    private static func isUpToDate(_ house: House, _ display: String) async throws {
        try await eventually("the display acknowledging the newest state", within: .seconds(40)) {
            let view = try await house.api.display(display)
            guard let published = view.publishedRevision, let applied = view.appliedRevision else {
                throw NotInTime(description: "\(view)")
            }
            guard view.liveness == "online", applied >= published else { throw NotInTime(description: "\(view)") }
            return true
        }
    }
}
