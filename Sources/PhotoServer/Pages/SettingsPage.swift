import DisplayChannel
import PhotoLibrary

/// What a display's own page shows.
struct SettingsPage: Sendable {
    /// One setting as the template reads it.
    struct Field: Sendable {
        let name: String
        let label: String
        let help: String
        /// What numbers may be, for people.
        let rangeText: String?
        let value: String
        let minimum: String
        let maximum: String
        let sliderMinimum: String
        let sliderMaximum: String
        let step: String
        let unit: String
        let limit: Int
        let choices: [Choice]
        let suggestions: [String]
        let hasSuggestions: Bool
        let isOn: Bool
        /// How the script reads a choice: `number` or `text`.
        let valueKind: String
        let isSlider: Bool
        let isNumber: Bool
        let isChoice: Bool
        let isToggle: Bool
        let isText: Bool
        let isParts: Bool
    }

    struct Section: Sendable {
        let title: String
        let fields: [Field]
    }

    let id: String
    let name: String
    let liveness: String
    let livenessText: String
    let deliveryState: String
    let deliveryText: String
    let showingName: String
    let showingThumbnail: String?
    let screenNote: String
    let isOn: Bool
    let albums: [AlbumChoice]
    let group: Int64?
    let groupName: String
    let isInStep: Bool
    let sections: [Section]

    init(view: DisplayView, albums: [AlbumView], group: DisplayGroup?) {
        self.id = view.id
        self.name = view.name
        self.liveness = view.liveness.rawValue
        self.livenessText = view.livenessText
        self.deliveryState = view.deliveryState.rawValue
        self.deliveryText = view.deliveryText
        self.showingName = view.showingName ?? ""
        self.showingThumbnail = view.showingThumbnail
        self.screenNote = view.screenNote
        self.isOn = view.power == "on"
        self.albums = AlbumChoice.list(albums, current: view.album)
        self.group = group?.id.rawValue
        self.groupName = group?.name ?? ""
        self.isInStep = group?.isInStep ?? false
        self.sections = SettingForm.sections.map { section in
            Section(
                title: section.title,
                fields: section.fields.map { Field($0, value: view.settings[$0.name] ?? .null) })
        }
    }
}

extension SettingsPage.Field {
    init(_ field: SettingForm.Field, value: JSONValue) {
        func plain(_ number: Double) -> String { SettingForm.plain(number) }
        var range: ClosedRange<Double>?
        var slider: ClosedRange<Double> = 0...1
        var step = 1.0
        var unit = ""
        var limit = 0
        var choices: [(value: String, label: String)] = []
        var suggestions: [String] = []
        var chosen: Set<String> = []
        switch field.kind {
        case .slider(let whole, let shown, let one, let name): (range, slider, step, unit) = (whole, shown, one, name)
        case .number(let whole, let name): (range, unit) = (whole, name)
        case .choice(let all): choices = all
        case .toggle: break
        case .text(let longest, let usual): (limit, suggestions) = (longest, usual)
        case .parts(let all):
            choices = all
            chosen = Set(value.array?.compactMap(\.text) ?? [])
        }
        let text = value.text ?? value.double.map(plain) ?? ""
        if case .choice = field.kind { chosen = [text] }
        // A decimal that travels as a string is a number to people.
        let shown = range == nil ? text : value.double.map(plain) ?? text
        self.name = field.name
        self.label = field.label
        self.help = field.help
        // Nobody needs to be told of the end of the whole numbers.
        self.rangeText = range.flatMap { $0.upperBound > 1e6 ? nil : $0 }.map {
            "\(plain($0.lowerBound)) to \(plain($0.upperBound))\(unit.isEmpty ? "" : " \(unit)")."
        }
        self.value = shown
        self.minimum = plain(range?.lowerBound ?? 0)
        self.maximum = plain(range?.upperBound ?? 0)
        self.sliderMinimum = plain(slider.lowerBound)
        self.sliderMaximum = plain(slider.upperBound)
        self.step = plain(step)
        self.unit = unit
        self.limit = limit
        self.choices = choices.map { Choice(value: $0.value, label: $0.label, selected: chosen.contains($0.value)) }
        self.suggestions = suggestions
        self.hasSuggestions = !suggestions.isEmpty
        self.isOn = value.truth ?? false
        self.valueKind = if case .number = value { "number" } else { "text" }
        switch field.kind {
        case .slider: (self.isSlider, self.isNumber, self.isChoice) = (true, false, false)
        case .number: (self.isSlider, self.isNumber, self.isChoice) = (false, true, false)
        case .choice: (self.isSlider, self.isNumber, self.isChoice) = (false, false, true)
        default: (self.isSlider, self.isNumber, self.isChoice) = (false, false, false)
        }
        switch field.kind {
        case .toggle: (self.isToggle, self.isText, self.isParts) = (true, false, false)
        case .text: (self.isToggle, self.isText, self.isParts) = (false, true, false)
        case .parts: (self.isToggle, self.isText, self.isParts) = (false, false, true)
        default: (self.isToggle, self.isText, self.isParts) = (false, false, false)
        }
    }
}

/// What the page of all groups shows.
struct GroupsPage: Sendable {
    let groups: [GroupView]
    let hasGroups: Bool
    let blank = BlankGroup()

    init(groups: [GroupView]) {
        self.groups = groups
        self.hasGroups = !groups.isEmpty
    }
}

/// What the template of a group is filled with.
struct BlankGroup: Sendable {
    let id = ""
    let name = ""
    let text = ""
    let displays: [GroupView.Member] = []
}

/// What a group's own page shows.
struct GroupPage: Sendable {
    let group: GroupView
    let albums: [AlbumChoice]
}
