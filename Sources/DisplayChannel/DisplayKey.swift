import EtcdClient

/// Where a display's topics and status are kept in the mediator.
package enum DisplayKey {
    package static let statusPrefix = "/status/"

    /// `/<id>:<topic>`.
    package static func topic(_ topic: Topic, of display: DisplayID) -> Key {
        Key("/\(display.text):\(topic.rawValue)")
    }

    /// Every topic of one display: `["/<id>:", "/<id>;")`.
    package static func topics(of display: DisplayID) -> KeyRange {
        .prefix(Key("/\(display.text):"))
    }

    /// `/status/<id>`, which the display alone writes, on a lease of its own.
    package static func status(of display: DisplayID) -> Key {
        Key(Self.statusPrefix + display.text)
    }

    package static var allStatus: KeyRange { .prefix(Key(Self.statusPrefix)) }

    /// The display and topic of `/<id>:<topic>`; nil for a key that is neither ours nor the older system's.
    package static func parse(_ key: Key) -> (display: DisplayID, topic: Topic)? {
        let text = key.string
        guard text.hasPrefix("/"), let colon = text.firstIndex(of: ":"),
            let display = DisplayID(String(text[text.index(after: text.startIndex)..<colon])),
            let topic = Topic(rawValue: String(text[text.index(after: colon)...]))
        else { return nil }
        return (display, topic)
    }

    /// The display of `/status/<id>`.
    package static func parseStatus(_ key: Key) -> DisplayID? {
        let text = key.string
        guard text.hasPrefix(Self.statusPrefix) else { return nil }
        return DisplayID(String(text.dropFirst(Self.statusPrefix.count)))
    }
}
