import DisplayChannel
import Foundation
import TestSupport

/// What was asked of each display and answered: what must be so at the end.
struct WallModel: Sendable {
    /// The values that a member may have: the last acknowledged one, and those that nobody answered for since.
    struct Member: Sendable {
        var candidates: [String]

        mutating func set(_ value: String, _ answer: WallHouse.Answer) {
            if answer == .acknowledged { self.candidates = [value] } else { self.candidates.append(value) }
        }
    }

    var names: [Int: Member] = [:]
    var albums: [Int: Member] = [:]
    var powers: [Int: Member] = [:]

    init() {}

    /// What is so before anything is asked: a change that nobody answered for may have come to nothing.
    init(_ views: [WallHouse.View], _ house: WallHouse) {
        for (number, display) in house.displays.enumerated() {
            guard let view = views.first(where: { $0.id == display.id.text }) else { continue }
            self.names[number] = Member(candidates: [view.name])
            self.albums[number] = Member(candidates: [view.album.map(String.init) ?? "null"])
            self.powers[number] = Member(candidates: [view.power])
        }
    }

    mutating func set(
        _ kind: WritableKeyPath<WallModel, [Int: Member]>, _ display: Int, _ value: String, _ answer: WallHouse.Answer
    ) {
        self[keyPath: kind][display, default: Member(candidates: [])].set(value, answer)
    }

    /// What is wrong with the views; nil when nothing is.
    func problem(_ views: [WallHouse.View], _ house: WallHouse) -> String? {
        for (number, display) in house.displays.enumerated() {
            guard let view = views.first(where: { $0.id == display.id.text }) else { return "\(display.id) is gone" }
            if let member = self.names[number], !member.candidates.contains(view.name) {
                return "\(view.id) is named \(view.name), not one of \(member.candidates)"
            }
            let album = view.album.map(String.init) ?? "null"
            if let member = self.albums[number], !member.candidates.contains(album) {
                return "\(view.id) has album \(album), not one of \(member.candidates)"
            }
            if let member = self.powers[number], !member.candidates.contains(view.power) {
                return "\(view.id) is \(view.power), not one of \(member.candidates)"
            }
            let applied = display.applied
            guard let settings = applied.settings?.settings,
                settings.name == view.name || (settings.name.isEmpty && view.name == view.id)
            else {
                return "\(view.id) has applied the name \(applied.settings?.settings.name ?? "none"), not \(view.name)"
            }
            guard applied.power?.rawValue == view.power else { return "\(view.id) has not applied \(view.power)" }
            guard let entry = applied.entries[.images], let images = ImageNames.read(entry.json),
                images.isEmpty == (view.album == nil)
            else { return "\(view.id) has not applied album \(album)" }
            guard view.liveness == "online", view.deliveryState == "applied" else {
                return "\(view.id) is \(view.liveness), its change \(view.deliveryState)"
            }
        }
        return nil
    }
}
