import DisplayChannel
import Foundation
import Logging
import Slideshow
import TestSupport
import Testing

@testable import PhotoViewer

struct AppliedRevisionsTests {
    @Test func aRevisionIsAppliedWithItsFrame() {
        var revisions = AppliedRevisions()
        revisions.receive(5, at: .seconds(1), ticket: 3, needsPhotos: false)
        revisions.presented(2, at: .seconds(2))
        #expect(revisions.applied == 0)
        revisions.presented(4, at: .seconds(3))
        #expect(revisions.applied == 5)
        #expect(revisions.appliedAfter == .seconds(2))
    }

    @Test func whatChangesNothingToSeeIsAppliedAtOnceButNotBeforeItsElders() {
        var revisions = AppliedRevisions()
        revisions.receive(5, at: .zero, ticket: 1, needsPhotos: false)
        revisions.receive(6, at: .zero, ticket: nil, needsPhotos: false)
        #expect(revisions.applied == 0)
        revisions.presented(1, at: .zero)
        #expect(revisions.applied == 6)
    }

    @Test func photosThatArriveMakeTheirFrameCount() {
        var revisions = AppliedRevisions()
        revisions.receive(5, at: .zero, ticket: nil, needsPhotos: true)
        revisions.receive(6, at: .zero, ticket: nil, needsPhotos: true)
        revisions.presented(9, at: .zero)
        #expect(revisions.applied == 0)
        revisions.photosArrived(ticket: 10, at: .zero)
        #expect(revisions.applied == 0)
        revisions.presented(10, at: .zero)
        #expect(revisions.applied == 6)
    }

    @Test func revisionsInFlightAreBounded() {
        var revisions = AppliedRevisions()
        for revision in 1...10_000 { revisions.receive(Int64(revision), at: .zero, ticket: 1, needsPhotos: false) }
        revisions.presented(1, at: .zero)
        #expect(revisions.applied == 10_000)
    }
}

struct FetchQueueTests {
    private let start = ContinuousClock.now
    private let photos: [PhotoContent] = [.named("a"), .named("b"), .named("c")]

    @Test func photosAreTakenInOrderAndOnlyOnce() {
        var queue = FetchQueue()
        queue.want(self.photos)
        #expect(queue.take(at: self.start) == .named("a"))
        #expect(queue.take(at: self.start) == .named("b"))
        queue.want(self.photos)
        #expect(queue.take(at: self.start) == .named("c"))
        #expect(queue.take(at: self.start) == nil)
        #expect(queue.wait(from: self.start) == nil)
    }

    @Test func aFailureWaitsLongerEachTimeAndLetsOthersGoFirst() throws {
        var queue = FetchQueue()
        queue.want([.named("a")])
        var waits: [Duration] = []
        var now = self.start
        for _ in 0..<12 {
            #expect(queue.take(at: now) != nil)
            queue.failed(.named("a"), isFleeting: false, at: now)
            #expect(queue.take(at: now) == nil)
            let wait = try #require(queue.wait(from: now))
            waits.append(wait)
            now = now.advanced(by: wait)
        }
        #expect(waits[0] <= .milliseconds(500))
        #expect(waits.allSatisfy { $0 <= .seconds(60) })
        #expect(try #require(waits.last) >= .seconds(30))
        queue.want([.named("a"), .named("b")])
        queue.retryAll()
        #expect(queue.take(at: now) == .named("a"))
    }

    @Test func aPhotoThatIsNoLongerWantedIsForgotten() {
        var queue = FetchQueue()
        queue.want(self.photos)
        _ = queue.take(at: self.start)
        queue.want([])
        queue.failed(.named("a"), isFleeting: false, at: self.start)
        #expect(queue.take(at: self.start) == nil)
        #expect(queue.wanted.isEmpty)
    }
}

struct ShowSettingsTests {
    static let intervals: [(Double, DisplaySettings.IntervalUnits, Duration)] = [
        (30, .seconds, .seconds(30)), (1.5, .minutes, .seconds(90)), (2, .hours, .seconds(7200)),
        (1, .days, .seconds(86400)), (0.1, .seconds, .seconds(1)),
    ]

    @Test(arguments: ShowSettingsTests.intervals)
    func intervalsHaveTheirUnits(time: Double, units: DisplaySettings.IntervalUnits, expected: Duration) {
        var settings = DisplaySettings()
        settings.intervalTime = time
        settings.intervalUnits = units
        let show = ShowSettings(settings, display: nil, panel: PixelSize(width: 1920, height: 1080))
        #expect(show.slideshow.timing.interval == expected)
        #expect(show.warnings.isEmpty == (expected > .seconds(1)))
    }

    @Test func displaysWithoutASeedShuffleDifferently() {
        let settings = DisplaySettings()
        let panel = PixelSize(width: 1920, height: 1080)
        let hall = ShowSettings(settings, display: DisplayID("hall"), panel: panel)
        let attic = ShowSettings(settings, display: DisplayID("attic"), panel: panel)
        #expect(hall.slideshow.seed != attic.slideshow.seed)
        #expect(hall.slideshow.seed == ShowSettings(settings, display: DisplayID("hall"), panel: panel).slideshow.seed)
    }
}

struct StorageTests {
    private static let logger = Logger(label: "test")

    @Test func aFileIsReplacedWholeAndPrivate() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/x"
            try AtomicFile.write(Array("old".utf8), to: path)
            try AtomicFile.write(Array("new".utf8), to: path, permissions: 0o600)
            #expect(FileManager.default.contents(atPath: path) == Data("new".utf8))
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["x"])
            #expect(throws: ViewerError.self) { try AtomicFile.write([], to: "\(folder)/missing/x") }
        }
    }

    @Test(arguments: ["name:x/../y", String(repeating: "0a", count: 32)])
    func contentsAreWrittenAndRead(text: String) throws {
        let content = try #require(PhotoContent(text: text))
        #expect(content.text == text)
        #expect(!content.cacheKey.contains("/"))
    }

    @Test(arguments: ["", "../../etc/passwd", String(repeating: "0A", count: 32)])
    func whatIsNoContentIsRefused(text: String) {
        #expect(PhotoContent(text: text) == nil)
    }
}
