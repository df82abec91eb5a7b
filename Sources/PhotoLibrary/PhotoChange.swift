import Foundation
import Renditions

/// What is to be changed about one photo or many. Members that are absent stay as they are.
package struct PhotoChange: Hashable, Sendable, Codable {
    /// For one photo only: names are unique.
    package var name: String?
    /// An empty text removes it.
    package var title: String?
    /// An empty text removes it.
    package var caption: String?
    /// All keywords anew.
    package var keywords: [String]?
    package var addKeywords: [String]?
    package var removeKeywords: [String]?
    /// 0 through 5.
    package var rating: Int?
    package var favourite: Bool?
    package var hidden: Bool?
    /// Into the bin, or out of it.
    package var bin: Bool?
    /// Degrees clockwise: 90, 180, 270 or -90.
    package var turn: Int?
    /// Local time, `yyyy-MM-ddTHH:mm:ss`, or a day alone; an empty text removes it.
    package var taken: String?
    /// Minutes east of UTC.
    package var takenOffsetMinutes: Int?
    /// Seconds by which the camera's clock was slow; negative where it was fast.
    package var shiftSeconds: Int?
    package var placeShown: Bool?

    package init() {}

    /// - Throws: ``PhotoLibraryError`` with code `invalidChange`, naming the member.
    func validated(count: Int) throws -> PhotoChange {
        func refuse(_ text: String) -> PhotoLibraryError { PhotoLibraryError(.invalidChange, text) }
        var change = self
        if let name {
            guard count == 1 else { throw refuse("A name can be given to one photo at a time.") }
            guard (1...PhotoName.longest).contains(name.trimmingCharacters(in: .whitespaces).count) else {
                throw refuse("A photo's name has 1 to \(PhotoName.longest) characters.")
            }
        }
        for (text, what) in [(self.title, "title"), (self.caption, "caption")] {
            guard text?.count ?? 0 <= 1_000 else { throw refuse("A \(what) has 1000 characters at most.") }
        }
        change.title = self.title.map { MetadataText.clean($0) ?? "" }
        change.caption = self.caption.map { MetadataText.clean($0) ?? "" }
        for list in [self.keywords, self.addKeywords, self.removeKeywords].compactMap({ $0 }) {
            guard list.count <= 200, list.allSatisfy({ $0.count <= 100 }) else {
                throw refuse("At most 200 keywords, of 100 characters each.")
            }
        }
        change.keywords = self.keywords.map { MetadataText.cleanKeywords($0) }
        change.addKeywords = self.addKeywords.map { MetadataText.cleanKeywords($0) }
        change.removeKeywords = self.removeKeywords.map { MetadataText.cleanKeywords($0) }
        if let rating, !(0...5).contains(rating) { throw refuse("A rating is 0 to 5 stars.") }
        if let turn, ![90, 180, 270, -90].contains(turn) {
            throw refuse("A photo is turned by 90, 180 or 270 degrees.")
        }
        if let offset = self.takenOffsetMinutes, abs(offset) > 14 * 60 {
            throw refuse("A clock is at most 14 hours from UTC.")
        }
        if let shiftSeconds, abs(shiftSeconds) > 200 * 366 * 86_400 { throw refuse("That is more than 200 years.") }
        if let taken, !taken.isEmpty {
            guard let date = PhotoDate(exif: taken.count == 10 ? taken + "T00:00:00" : taken, offset: nil) else {
                throw refuse("A date is written as 2024-06-21T19:30:00, or as a day alone.")
            }
            change.taken = date.localText
        }
        return change
    }

    /// For people, in the list of changes.
    func summary(count: Int) -> String {
        let photos = count == 1 ? "1 photo" : "\(count) photos"
        if let bin { return bin ? "Put \(photos) into the bin" : "Took \(photos) out of the bin" }
        if let hidden { return hidden ? "Hid \(photos)" : "Showed \(photos) again" }
        if self.turn != nil { return "Turned \(photos)" }
        if let favourite { return favourite ? "Made \(photos) a favourite" : "Made \(photos) no favourite" }
        if let rating { return "Rated \(photos) \(rating)" }
        if self.keywords != nil || self.addKeywords != nil || self.removeKeywords != nil {
            return "Keywords of \(photos)"
        }
        if self.shiftSeconds != nil || self.taken != nil || self.takenOffsetMinutes != nil {
            return "Date of \(photos)"
        }
        if self.name != nil { return "Name of \(photos)" }
        if self.title != nil { return "Title of \(photos)" }
        if self.caption != nil { return "Caption of \(photos)" }
        return "Changed \(photos)"
    }

    func applied(to state: PhotoState, at now: Date) -> PhotoState {
        var state = state
        if let name = self.name { state.name = name }
        if let title = self.title { state.title = title.isEmpty ? nil : title }
        if let caption = self.caption { state.caption = caption.isEmpty ? nil : caption }
        if let keywords = self.keywords { state.keywords = keywords }
        if let removed = self.removeKeywords {
            let gone = Set(removed.map { $0.lowercased() })
            state.keywords.removeAll { gone.contains($0.lowercased()) }
        }
        if let added = self.addKeywords { state.keywords = MetadataText.cleanKeywords(state.keywords + added) }
        if let rating = self.rating { state.rating = rating }
        if let favourite = self.favourite { state.isFavourite = favourite }
        if let hidden = self.hidden { state.isHidden = hidden }
        if let bin = self.bin { state.deletedAt = bin ? state.deletedAt ?? now : nil }
        if let turn = self.turn {
            state.turn = RenditionRecipe.Rotation(rawValue: (state.turn.rawValue + turn + 360) % 360) ?? .none
        }
        if let taken = self.taken { state.takenLocal = taken.isEmpty ? nil : taken }
        if let offset = self.takenOffsetMinutes { state.takenOffsetMinutes = offset }
        if let shift = self.shiftSeconds, let taken = state.takenLocal {
            let date = PhotoDate(localText: taken, offsetMinutes: state.takenOffsetMinutes)
            state.takenLocal = date.shifted(bySeconds: shift)?.localText ?? taken
        }
        if state.takenLocal == nil { state.takenOffsetMinutes = nil }
        if let placeShown = self.placeShown { state.isPlaceShown = placeShown }
        return state
    }
}
