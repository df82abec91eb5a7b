import Planning

extension DisplaySettings.Reading {
    /// Reads a settings object; nil when `json` is not a JSON object at all (then the old settings stay in force).
    package init?(json: [UInt8]) {
        guard let members = JSONValue(json)?.object else { return nil }
        self.init(members: members)
    }

    package init(members: [String: JSONValue]) {
        var reader = MemberReader(members: members)
        var settings = DisplaySettings()
        reader.text("name", into: &settings.name, limit: DisplaySettings.Limits.nameCharacters)
        reader.text(
            "description", into: &settings.description, limit: DisplaySettings.Limits.descriptionCharacters)
        reader.choice("orientation", into: &settings.orientation)
        reader.intervalBase(into: &settings.intervalBase)
        reader.number("interval_time", into: &settings.intervalTime, in: DisplaySettings.Limits.intervalTime)
        reader.choice("interval_units", into: &settings.intervalUnits)
        reader.number("variance_pct", into: &settings.variancePercent, in: DisplaySettings.Limits.variancePercent)
        reader.flag("use_halflife", into: &settings.useHalflife)
        reader.number("brightness", into: &settings.brightness, in: DisplaySettings.Limits.adjustment)
        reader.number("contrast", into: &settings.contrast, in: DisplaySettings.Limits.adjustment)
        reader.number("saturation", into: &settings.saturation, in: DisplaySettings.Limits.adjustment)
        reader.text("log_level", into: &settings.logLevel, limit: 20)
        reader.choice("transition", into: &settings.transition)
        reader.number(
            "transition_ms", into: &settings.transitionMilliseconds, in: DisplaySettings.Limits.transitionMilliseconds)
        reader.choice("fit", into: &settings.fit)
        reader.choice("background", into: &settings.background)
        reader.choice("order", into: &settings.order)
        reader.seed(into: &settings.shuffleSeed)
        reader.flag("pair_portraits", into: &settings.pairsPortraits)
        reader.choice("motion", into: &settings.motion)
        reader.rotation(into: &settings.rotation)
        reader.list("caption", into: &settings.caption, limit: DisplaySettings.CaptionPart.allCases.count) { part in
            part.text.flatMap { DisplaySettings.CaptionPart(rawValue: $0) }
        }
        reader.flag("clock", into: &settings.showsClock)
        reader.timeZone(into: &settings.timeZone)
        reader.language(into: &settings.language)
        reader.text("group", into: &settings.group, limit: DisplaySettings.Limits.nameCharacters)
        reader.flag("group_clock", into: &settings.groupClock)
        reader.list("sleep", into: &settings.sleep, limit: DisplaySettings.Limits.hours) { SleepHours($0) }
        reader.list("dim", into: &settings.dim, limit: DisplaySettings.Limits.hours) { DimHours($0) }
        self.init(settings: settings, warnings: reader.warnings)
    }
}

/// Takes members out of a settings object one by one and remembers what it could not take as it was.
private struct MemberReader {
    let members: [String: JSONValue]
    var warnings: [String] = []

    init(members: [String: JSONValue]) { self.members = members }

    /// A member that is there and not null; older servers send null for "not set".
    private func member(_ name: String) -> JSONValue? {
        guard let value = self.members[name], value != .null else { return nil }
        return value
    }

    mutating func text(_ name: String, into target: inout String, limit: Int) {
        guard let value = self.member(name) else { return }
        guard let text = value.text else { return self.ignored(name, wanted: "a text") }
        target = String(text.prefix(limit))
        if text.count > limit { self.warnings.append("\(name) was cut to \(limit) characters") }
    }

    mutating func number(_ name: String, into target: inout Double, in range: ClosedRange<Double>) {
        guard let value = self.member(name) else { return }
        guard let number = value.double else { return self.ignored(name, wanted: "a number") }
        target = min(max(number, range.lowerBound), range.upperBound)
        if target != number {
            self.warnings.append(
                "\(name) \(number) is outside \(range.lowerBound) to \(range.upperBound); using \(target)")
        }
    }

    mutating func flag(_ name: String, into target: inout Bool) {
        guard let value = self.member(name) else { return }
        guard let flag = value.truth else { return self.ignored(name, wanted: "true or false") }
        target = flag
    }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ name: String, into target: inout Choice) {
        guard let value = self.member(name) else { return }
        guard let text = value.text, let choice = Choice(rawValue: text) else {
            return self.ignored(name, wanted: "one of " + Choice.allCases.map(\.rawValue).joined(separator: ", "))
        }
        target = choice
    }

    mutating func intervalBase(into target: inout String) {
        guard let value = self.member("interval_base") else { return }
        guard let text = value.text, Self.isIntervalBase(text) else {
            return self.ignored("interval_base", wanted: "*:*, HH:MM or *:MM")
        }
        target = text
    }

    mutating func list<Element>(
        _ name: String, into target: inout [Element], limit: Int, _ read: (JSONValue) -> Element?
    ) {
        guard let value = self.member(name) else { return }
        guard let values = value.array else { return self.ignored(name, wanted: "a list") }
        let elements = values.prefix(limit).map(read)
        target = elements.compactMap { $0 }
        for (index, element) in elements.enumerated() where element == nil {
            self.warnings.append("\(name)[\(index)] was ignored: it cannot be understood")
        }
        if values.count > limit { self.warnings.append("\(name) was cut to \(limit) elements") }
    }

    mutating func timeZone(into target: inout String) {
        guard let value = self.member("time_zone") else { return }
        guard let text = value.text, text.isEmpty || LocalClock(identifier: text) != nil else {
            return self.ignored("time_zone", wanted: "a place of the time zone database, such as Europe/Vienna")
        }
        target = text
    }

    mutating func language(into target: inout String) {
        guard let value = self.member("language") else { return }
        guard let text = value.text, text.isEmpty || Self.isLanguageTag(text) else {
            return self.ignored("language", wanted: "a BCP 47 tag such as de-AT")
        }
        target = text
    }

    mutating func seed(into target: inout UInt64) {
        guard let value = self.member("shuffle_seed") else { return }
        guard let number = value.double, let seed = UInt64(exactly: number), seed <= DisplaySettings.Limits.shuffleSeed
        else {
            return self.ignored("shuffle_seed", wanted: "a whole number from 0 to 2^53")
        }
        target = seed
    }

    mutating func rotation(into target: inout Int) {
        guard let value = self.member("rotation") else { return }
        guard let number = value.double, let degrees = Int(exactly: number),
            DisplaySettings.Limits.rotations.contains(degrees)
        else {
            return self.ignored("rotation", wanted: "0, 90, 180 or 270")
        }
        target = degrees
    }

    private mutating func ignored(_ name: String, wanted: String) {
        self.warnings.append("\(name) was ignored: it must be \(wanted)")
    }

    /// RFC 5646: subtags of one to eight letters and digits.
    private static func isLanguageTag(_ text: String) -> Bool {
        text.utf8.count <= 35
            && text.split(separator: "-", omittingEmptySubsequences: false).allSatisfy { subtag in
                (1...8).contains(subtag.utf8.count)
                    && subtag.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
            }
    }

    private static func isIntervalBase(_ text: String) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return false }
        let hourFits = parts[0] == "*" || Int(parts[0]).map { (0...23).contains($0) } == true
        if parts[1] == "*" { return parts[0] == "*" }
        return hourFits && Int(parts[1]).map { (0...59).contains($0) } == true
    }
}
