import Testing

@testable import DisplayChannel

@Suite struct StatusPaceTests {
    static let start = ContinuousClock.now

    @Test func `the first status is written at once`() {
        #expect(StatusPace().wait(for: DisplayStatus(), now: Self.start) <= .zero)
    }

    static let changes: [(String, @Sendable (inout DisplayStatus) -> Void, Duration)] = [
        ("an applied revision", { $0.appliedRevision = 9 }, .zero),
        ("a received revision", { $0.receivedRevision = 9 }, .zero),
        ("a command's result", { $0.report(.init(topic: .show, revision: 3, result: .done)) }, .zero),
        ("the photo", { $0.showing = "b.jpg" }, .milliseconds(600)),
        ("a warning", { $0.warnings = ["disk full"] }, .milliseconds(600)),
        ("a frame counter", { $0.presentedFrames = 99 }, .milliseconds(239_600)),
        ("nothing", { _ in }, .milliseconds(239_600)),
    ]

    @Test(arguments: changes.indices)
    func `each kind of change has its pace`(index: Int) {
        let (what, change, expected) = Self.changes[index]
        var pace = StatusPace()
        pace.wrote(DisplayStatus(), at: Self.start)
        var status = DisplayStatus()
        change(&status)
        #expect(pace.wait(for: status, now: Self.start + .milliseconds(400)) == expected, "\(what)")
    }
}
