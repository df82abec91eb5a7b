import Testing

@testable import DisplayChannel

@Suite struct ProtocolTypesTests {
    @Test(arguments: ["a", "kitchen-1", String(repeating: "z", count: 64), "0f8fad5b-d9cb-469f-a165-70867728950e"])
    func `a display id is 1 to 64 of a-z 0-9 and hyphen`(text: String) {
        #expect(DisplayID(text)?.text == text)
    }

    @Test(arguments: ["", "A", "a:b", "a/b", "ä", "a b", String(repeating: "z", count: 65), "a\u{0}"])
    func `anything else is no display id`(text: String) {
        #expect(DisplayID(text) == nil)
    }

    @Test(arguments: [
        DisplayCommand.changePhoto(.forward), .changePhoto(.back), .show(photo: "Zoë's \"dog\".jpg"), .pause(true),
        .identify(seconds: 5), .currentDisplay(request: "r-1"), .restartScreen, .reboot,
    ])
    func `a command survives the way through the mediator`(command: DisplayCommand) {
        #expect(DisplayCommand(topic: command.topic, json: command.json) == command)
    }

    @Test(arguments: [
        (Topic.changePhoto, "\"up\""), (.show, "\"\""), (.identify, "0"), (.identify, "1e300"), (.reboot, "\"later\""),
        (.currentDisplay, "\"../x\""), (.settings, "{}"), (.pause, "[]"), (.reboot, ""),
    ])
    func `a value no display can act on is no command`(topic: Topic, json: String) {
        #expect(DisplayCommand(topic: topic, json: Array(json.utf8)) == nil)
    }

    @Test(arguments: [("\"on\"", PowerState.on), ("\"off\"", .off), ("\"stop\"", .off)])
    func `stop reads as off`(json: String, expected: PowerState) {
        #expect(PowerState(json: Array(json.utf8)) == expected)
    }

    @Test func `images newer than the playlist take its place`() {
        let digest = String(repeating: "a", count: 64)
        let reference = PlaylistReference(sha256: digest, count: 2)
        var state = DisplayState()
        #expect(state.photos == .none)
        state.set(.playlist, json: reference.json, revision: 5)
        state.set(.images, json: ImageNames.json(["a.jpg"]), revision: 5)
        #expect(state.photos == .playlist(reference))
        state.set(.images, json: ImageNames.json(["b.jpg"]), revision: 6)
        #expect(state.photos == .images(["b.jpg"]))
    }

    @Test func `a list of names past the limit becomes the empty array`() {
        let names = (0..<20_000).map { "photo-\($0)-with-a-long-name.jpg" }
        #expect(ImageNames.read(ImageNames.json(names)) == [])
        #expect(ImageNames.read(ImageNames.json(Array(names.prefix(100)))) == Array(names.prefix(100)))
    }

    @Test func `a status survives the way through the mediator and keeps eight reports`() {
        var status = DisplayStatus()
        status.showing = "a.jpg"
        status.appliedRevision = 12
        status.presentedFrames = 3
        status.resolution = .init(width: 1920, height: 1080)
        for revision in 1...10 { status.report(.init(topic: .show, revision: Int64(revision), result: .done)) }
        let read = DisplayStatus(json: status.json)
        #expect(read == status)
        #expect(read?.commands.map(\.revision) == Array(3...10))
        #expect(DisplayStatus(json: Array("{}".utf8)) == DisplayStatus())
        #expect(DisplayStatus(json: Array("[1]".utf8)) == nil)
    }
}
