/// The photos to show, each name once, with the two orders that need no chance.
struct Playlist: Sendable {
    let slides: [Slide]
    private let indexByName: [String: Int]
    /// Indices into `slides`, newest photo first.
    private let newestFirst: [Int]

    init(_ slides: [Slide] = []) {
        var unique: [Slide] = []
        var indexByName: [String: Int] = [:]
        for slide in slides where indexByName[slide.name] == nil {
            indexByName[slide.name] = unique.count
            unique.append(slide)
        }
        self.slides = unique
        self.indexByName = indexByName
        self.newestFirst = unique.indices.sorted { left, right in
            switch (unique[left].dateTaken, unique[right].dateTaken) {
            case (let first?, let second?) where first != second: first > second
            case (.some, nil): true
            case (nil, .some): false
            default: left < right
            }
        }
    }

    var isEmpty: Bool { self.slides.isEmpty }
    var count: Int { self.slides.count }

    subscript(name: String) -> Slide? { self.indexByName[name].map { self.slides[$0] } }
    func contains(_ name: String) -> Bool { self.indexByName[name] != nil }

    /// All names in the given order, beginning after `name`, once around; from the start when `name` is not listed.
    func names(after name: String?, order: SlideOrder) -> [String] {
        let all = order == .newestFirst ? self.newestFirst.map { self.slides[$0].name } : self.slides.map(\.name)
        guard let name, let place = all.firstIndex(of: name) else { return all }
        return Array(all[(place + 1)...] + all[...place])
    }
}
