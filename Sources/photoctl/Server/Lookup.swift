import CommandLineSupport
import PhotoAPI

/// Finds the thing that somebody named, by its number or id, or by its name.
enum Lookup {
    /// - Throws: ``CommandFailure`` when there is none, or the name is several ones'.
    static func find<Thing>(
        _ text: String, among things: [Thing], what: String, id: (Thing) -> String, name: (Thing) -> String
    ) throws -> Thing {
        if let thing = things.first(where: { id($0) == text }) { return thing }
        let exact = things.filter { name($0) == text }
        let found = exact.isEmpty ? things.filter { name($0).lowercased() == text.lowercased() } : exact
        if found.count == 1 { return found[0] }
        let quoted = "“\(TerminalText.escaped(text))”"
        guard found.isEmpty else {
            let ids = found.map(id).joined(separator: ", ")
            throw CommandFailure(
                .badInput, "\(found.count) \(what)s are called \(quoted)", remedy: "Say which: \(ids).")
        }
        let list = "photoctl \(what)s list"
        throw CommandFailure(.noInput, "there is no \(what) \(quoted)", remedy: "See them all: \(list)")
    }
}

extension APIClient {
    func display(_ text: String) async throws -> Answer<Display> {
        do {
            return try await self.get(["displays", text])
        } catch let error as APIError where error.kind == .refused(404) {
            let list = try await self.get(["displays"], as: Listing<Display>.self).value.elements
            let found = try Lookup.find(text, among: list, what: "display", id: \.id, name: \.name)
            return try await self.get(["displays", found.id])
        }
    }

    func displays(_ texts: [String]) async throws -> [Display] {
        let list = try await self.get(["displays"], as: Listing<Display>.self).value.elements
        return try texts.map { try Lookup.find($0, among: list, what: "display", id: \.id, name: \.name) }
    }

    func album(_ text: String) async throws -> Album {
        let list = try await self.get(["albums"], as: Listing<Album>.self).value.elements
        return try Lookup.find(text, among: list, what: "album", id: { "\($0.id)" }, name: \.name)
    }

    /// Nil for `none`, where no album is called that.
    func albumOrNone(_ text: String) async throws -> Album? {
        do {
            return try await self.album(text)
        } catch let error as CommandFailure where error.status == .noInput && text == "none" {
            return nil
        }
    }

    func group(_ text: String) async throws -> DisplayGroup {
        let list = try await self.get(["groups"], as: Listing<DisplayGroup>.self).value.elements
        return try Lookup.find(text, among: list, what: "group", id: { "\($0.id)" }, name: \.name)
    }

    func user(_ text: String) async throws -> User {
        let list = try await self.get(["users"], as: Listing<User>.self).value.elements
        return try Lookup.find(text, among: list, what: "user", id: { "\($0.id)" }, name: \.name)
    }

    /// Photos by their numbers, or names as they are in the library, hidden or in the bin.
    func photoNumbers(_ texts: [String]) async throws -> [Int64] {
        var numbers: [Int64] = []
        for text in texts { numbers.append(try await self.photoNumber(text)) }
        return numbers
    }

    func photoNumber(_ text: String) async throws -> Int64 {
        if let number = Int64(text) { return number }
        for shelf in ["library", "hidden", "bin"] {
            let found = try await self.photos(["text": text, "shelf": shelf], limit: 1000).photos
            if let photo = found.first(where: { $0.name == text }) { return photo.id }
        }
        throw CommandFailure(
            .noInput, "there is no photo “\(TerminalText.escaped(text))”",
            remedy: "Find its number: photoctl photos list WORD")
    }
}
