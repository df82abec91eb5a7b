import DisplayChannel
import Foundation
import TestSupport
import Testing

@testable import PhotoViewer

/// A display's first start, as whoever stands before it sees it.
@Suite(.timeLimit(.minutes(1)))
struct StartTests {
    private static func card(_ display: FakeDisplay, _ what: String, _ fact: @escaping (Card) -> Bool) async throws
        -> Card
    {
        try await eventually("a card: \(what)") { display.stage.scene.card.flatMap { fact($0) ? $0 : nil } }
    }

    @Test func itShowsItsCodeWhereToTypeItAndAQRCodeUntilItIsPaired() async throws {
        try await withTemporaryFolder { folder in
            let house = FakeHouse()
            house.change { ($0.isApproved, $0.code) = (false, "A7K9QX") }
            try await withDisplay(in: folder, house: house) { display in
                let card = try await Self.card(display, "the code") { $0.title == "A7K 9QX" }
                #expect(card.code == "http://house.test:8080/pair?code=A7K9QX")
                #expect(card.lines.contains("house.test:8080/pair"))
                // Codes end; the next answer brings another.
                house.change { $0.code = "TTTRRR" }
                _ = try await Self.card(display, "the next code") { $0.title == "TTT RRR" }
                house.change { $0.isApproved = true }
                _ = try await Self.card(display, "no photos yet") { $0.title == "No photos yet" }
                #expect(house.ask { $0.registrations.count } == 1)
            }
        }
    }

    @Test func withoutAnAddressItFindsTheServerAndKeepsItForTheNextStart() async throws {
        try await withTemporaryFolder { folder in
            let house = FakeHouse()
            let playlist = house.addPlaylist(["a"])
            try await withDisplay(in: folder, house: house, server: nil) { display in
                let card = try await Self.card(display, "nothing found") { $0.title == "Photo server not found" }
                #expect(card.lines.joined(separator: " ").contains("--server"))
                house.change { $0.announced = "http://192.168.7.7:8080" }
                try await display.link().say([.playlist: playlist.json], revision: 1)
                try await display.shows("a")
                #expect(house.ask { $0.servers.last } == "http://192.168.7.7:8080")
            }
            house.change { ($0.announced, $0.servers) = (nil, []) }
            try await withDisplay(in: folder, house: house, server: nil) { display in
                try await display.shows("a")
                _ = try await display.link()
                #expect(house.ask { $0.servers.last } == "http://192.168.7.7:8080")
            }
        }
    }

    @Test func aFoundServerThatDoesNotAnswerIsLookedForAgain() async throws {
        try await withTemporaryFolder { folder in
            let house = FakeHouse()
            house.change { ($0.announced, $0.isServerAway) = ("http://192.168.7.7:8080", true) }
            try await withDisplay(in: folder, house: house, server: nil) { display in
                _ = try await Self.card(display, "no answer") { $0.title == "The photo server does not answer" }
                house.change { ($0.announced, $0.isServerAway) = ("http://192.168.7.8:8080", false) }
                _ = try await display.link()
                // Three tries with the old address first, unless the new one was found before.
                #expect(house.ask { $0.servers.contains("http://192.168.7.7:8080") })
            }
        }
    }

    @Test func aDisplayThatWasRemovedForGoodMakesUpAnotherIdentity() async throws {
        try await withTemporaryFolder { folder in
            let house = FakeHouse()
            house.change { $0.isGone = true }
            try await withDisplay(in: folder, house: house) { display in
                _ = try await display.link()
                #expect(Set(house.ask { $0.registrations }).count == 2)
            }
        }
    }

    @Test(
        arguments: [
            (nil, true, ["The clock is not set"]), ("http://localhost:8080", true, ["The clock is not set"]),
            ("http://127.0.0.1:8080", false, []),
        ] as [(String?, Bool, [String])])
    func whatIsMissingIsSaidPlainly(server: String?, isClockWrong: Bool, expected: [String]) {
        let missing = Surroundings.missing(server: server, isClockWrong: isClockWrong)
        // Whether this machine has a network is not the test's to decide, but where it matters it is.
        let network = missing.filter { $0.hasPrefix("This machine has no network") }
        #expect(network.isEmpty || (server == nil && Surroundings.addresses().isEmpty))
        #expect(missing.filter { !network.contains($0) } == expected)
    }

    @Test func missingThingsAreWrittenBelowWhatItWaitsFor() {
        let card = Notice.unreachable(server: "http://x:1").card(
            isPlaylistEmpty: false, missing: ["The clock is not set"])
        #expect(card.lines == ["http://x:1", "Trying again", "The clock is not set"])
    }

    @Test func serversAreReadFromWhatAvahiSays() {
        let output = #"""
            +;eth0;IPv4;Photos;_photoserver._tcp;local
            =;lo;IPv4;Photos;_photoserver._tcp;local;box.local;127.0.0.1;8080;"scheme=http"
            =;eth0;IPv6;Photos;_photoserver._tcp;local;box.local;fe80::1;8080;"scheme=http"
            =;eth0;IPv6;Photos;_photoserver._tcp;local;box.local;2001:db8::5;8080;"scheme=http"
            =;eth0;IPv4;Photos;_photoserver._tcp;local;box.local;192.168.1.5;8080;"scheme=http"
            =;eth0;IPv4;Photos;_photoserver._tcp;local;box.local;192.168.1.5;8080;"scheme=http"
            =;eth0;IPv4;Safe;_photoserver._tcp;local;safe.local;192.168.1.6;8443;"scheme=https"
            =;eth0;IPv4;Far;_photoserver._tcp;local;far.local;192.168.1.7;80;"scheme=http" "url=https://photos.example"
            =;eth0;IPv4;Liar;_photoserver._tcp;local;liar.local;192.168.1.8;99999;""
            =;eth0;IPv4;Other;_http._tcp;local;other.local;192.168.1.9;80;""
            =;eth0
            """#
        #expect(
            ServerDiscovery.servers(in: output) == [
                "http://192.168.1.5:8080", "https://safe.local:8443", "https://photos.example",
                "http://127.0.0.1:8080", "http://[2001:db8::5]:8080",
            ])
        #expect(ServerDiscovery.servers(in: "").isEmpty)
    }
}
