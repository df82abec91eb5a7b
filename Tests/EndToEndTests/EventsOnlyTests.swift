import EtcdClient
import Foundation
import TestSupport
import Testing

/// A network that passes nothing but HTTP: a real display hears its changes as server-sent events, and over etcd as soon
/// as that can be reached.
@Suite(.serialized) struct EventsOnlyTests {
    @Test(.timeLimit(.minutes(8)), arguments: [House.Mediator.embedded, .etcd])
    func `a display that cannot reach etcd hears everything from its server, and changes over when it can`(
        mediator: House.Mediator
    ) async throws {
        let (dune, storm, wood) = (try RealPhotos.dune, try RealPhotos.storm, try RealPhotos.wood)
        let ports = try House.Ports()
        try await FaultProxy.with(targetPort: ports.etcd) { etcd in
            // Before the display starts: it has never seen etcd.
            try await etcd.refuse()
            let reach = House.Reach(etcd: etcd.endpoint)
            try await House.withHouse(mediator, ports: ports, reach: reach) { house in
                let display = try await house.display().id
                var albums: [Int64] = []
                for photo in [dune, storm, wood] {
                    let album = try await house.api.createAlbum("Album \(albums.count)")
                    try await house.api.upload(photo, into: album)
                    albums.append(album)
                }
                try await house.api.change(display, ["album": albums[0], "settings": ["transition_ms": 200]])
                try await house.showsOnScreen(dune)
                try await Self.hears(over: "events", house, display)
                try await Self.obeys(house, display)
                try await house.api.change(display, ["album": albums[1]])
                try await house.showsOnScreen(storm)

                try await etcd.resume()
                try await Self.hears(over: "etcd", house, display)
                try await Self.obeys(house, display)
                try await house.api.change(display, ["album": albums[2]])
                try await house.showsOnScreen(wood)

                // Cut off once more, with a change made before it has changed over.
                try await etcd.refuse()
                try await house.api.change(display, ["album": albums[0]])
                try await house.showsOnScreen(dune)
                try await Self.hears(over: "events", house, display)
                try await Self.obeys(house, display)
            }
        }
    }

    /// Waits until everybody can read over what the display hears, and that it is present and up to date.
    private static func hears(over transport: String, _ house: House, _ display: String) async throws {
        try await eventually("the display hearing over \(transport)", within: .seconds(90)) {
            let view = try await house.api.display(display)
            guard view.transport == transport, view.liveness == "online", view.deliveryState == "applied" else {
                throw NotInTime(description: "\(view)")
            }
            return true
        }
    }

    /// Sends a command and waits until it is acknowledged.
    private static func obeys(_ house: House, _ display: String) async throws {
        let revision = try await house.api.order(display, "resume")
        try await eventually("command \(revision) being done", within: .seconds(20)) {
            let view = try await house.api.display(display)
            guard let command = view.command, command.revision == revision, command.state == "done" else {
                throw NotInTime(description: "\(view)")
            }
            return true
        }
    }
}
