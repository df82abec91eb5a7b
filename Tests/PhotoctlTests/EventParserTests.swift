import Foundation
import Testing

@testable import PhotoAPI

struct EventParserTests {
    private static let stream = """
        retry: 1000

        id: a-1
        event: snapshot
        data: {"displays":[]}

        : nothing

        event: display
        data:{"id":
        data: "größe"}


        """

    @Test(arguments: [1, 2, 3, 7, 1000])
    func `events are the same however the bytes are cut`(piece: Int) throws {
        var parser = EventParser()
        var events: [ServerEvent] = []
        let bytes = Array(Self.stream.utf8)
        for start in stride(from: 0, to: bytes.count, by: piece) {
            events += try parser.take(bytes[start..<min(bytes.count, start + piece)])
        }
        #expect(
            events == [
                ServerEvent(name: "snapshot", id: "a-1", data: "{\"displays\":[]}"),
                ServerEvent(name: "display", id: nil, data: "{\"id\":\n\"größe\"}"),
            ])
    }

    @Test func `an event that does not end is refused`() throws {
        var parser = EventParser(eventBytesMaximum: 100)
        let piece = [UInt8](repeating: 0x61, count: 50)
        _ = try parser.take(piece)
        _ = try parser.take(piece)
        #expect(throws: APIError.self) { try parser.take([0x61]) }
    }
}

struct JSONTests {
    @Test func `what the server says is printed as it was, and nothing in it is obeyed`() throws {
        let text = #"{"a":1,"b":[true,null,0.1,-9007199254740993],"c":"x/y","d":"\u009b2J\u202e"}"#
        let json = try JSON(data: Data(text.utf8))
        #expect(json["a"] == .integer(1))
        #expect(json["d"]?.text == "\u{9b}2J\u{202e}")
        #expect(try json.text(inLines: false) == text)
        #expect(try JSON(data: Data(json.text().utf8)) == json)
    }

    @Test func `an answer of another shape is told by its member`() throws {
        let json = try JSON(data: Data(#"{"id": 1, "name": 2}"#.utf8))
        do {
            _ = try json.decoded(as: Album.self)
            Issue.record("it was decoded")
        } catch let error as APIError {
            #expect(error.kind == .unintelligible)
            #expect(error.message.contains("\"name\" has another type"))
        }
    }

    @Test(arguments: [
        ("http://photos.local:8080/", "http://photos.local:8080"), ("https://photos.example", "https://photos.example"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ])
    func `addresses of servers are read`(text: String, base: String) throws {
        #expect(try APIClient.checked(url: text) == base)
    }

    @Test(arguments: [
        "photos.example", "ftp://photos.example", "http://", "https://photos.example/photos",
        "https://a@photos.example",
        "https://photos.example?x=1", "",
    ])
    func `what is no address of a server is refused`(text: String) {
        #expect(throws: APIError.self) { try APIClient.checked(url: text) }
    }

    @Test(arguments: [
        ("http://photos.local", true), ("https://photos.local", false), ("http://127.0.0.1:1", false),
        ("http://localhost:8080", false), ("http://[::1]:8080", false), ("http://127.example.org", true),
        ("http://localhost.example.org", true), ("HTTP://photos.local", true),
    ])
    func `only plain HTTP to another machine is in the clear`(url: String, isInTheClear: Bool) {
        #expect(APIClient.isInTheClear(url: url) == isInTheClear)
    }
}
