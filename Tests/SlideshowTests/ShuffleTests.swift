import Testing

@testable import Slideshow

struct ShuffleTests {
    private static func names(_ count: Int) -> [String] { (0..<count).map { "photo-\($0).jpg" } }
    private static let settings = SlideshowSettings(timing: ChangeTiming(interval: .seconds(1)), seed: 99)

    @Test(arguments: [2, 3, 10, 57, 400])
    func everyPhotoIsShownOnceARoundAndNeverTwiceInARow(count: Int) {
        let names = Self.names(count)
        var show = Show(names, settings: Self.settings)
        show.pass(.seconds(count * 3 - 1))
        #expect(show.shown.count == count * 3)
        for round in 0..<3 {
            #expect(Set(show.shown[(round * count)..<((round + 1) * count)]).count == count, "round \(round)")
        }
        #expect(zip(show.shown, show.shown.dropFirst()).allSatisfy { $0 != $1 })
    }

    @Test func roundsDifferAndSeedsDiffer() {
        let names = Self.names(50)
        var one = Show(names, settings: Self.settings)
        one.pass(.seconds(99))
        var other = Show(names, settings: SlideshowSettings(timing: Self.settings.timing, seed: 100))
        other.pass(.seconds(99))
        #expect(one.shown[..<50] != one.shown[50...])
        #expect(one.shown != other.shown)
        var again = Show(names, settings: Self.settings)
        again.pass(.seconds(99))
        #expect(one.shown == again.shown)
    }

    @Test(arguments: [1, 25, 49, 73])
    func aRestartGoesOnWhereItWas(restartAfter: Int) {
        let names = Self.names(50)
        var through = Show(names, settings: Self.settings)
        through.pass(.seconds(99))

        var first = Show(names, settings: Self.settings)
        first.pass(.seconds(restartAfter))
        var second = Show()
        second.slideshow = Slideshow(
            settings: Self.settings, slides: Show.slides(names), available: Set(names),
            snapshot: first.slideshow.snapshot)
        second.handle(.start)
        #expect(second.shown == [first.shown[restartAfter]], "the same photo comes back at once")
        second.pass(.seconds(99 - restartAfter))
        #expect(first.shown + second.shown.dropFirst() == through.shown)
    }

    @Test func newPhotosComeNextAndOnlyOnceARound() {
        let names = Self.names(40)
        var show = Show(names, settings: Self.settings)
        show.pass(.seconds(10))
        let fresh = ["new-1", "new-2", "new-3"]
        show.handle(.available(Set(fresh)))
        show.handle(.playlist(Show.slides(names + fresh)))
        show.pass(.seconds(32))
        #expect(Set(show.shown[11...13]) == Set(fresh))
        #expect(show.shown.count == 43)
        #expect(Set(show.shown).count == 43, "the rest of the round has neither the new ones again nor the old ones")
    }

    @Test func photosAddedWhileOffAreNewAfterARestart() {
        let names = Self.names(40)
        var first = Show(names, settings: Self.settings)
        first.pass(.seconds(10))
        var second = Show()
        second.slideshow = Slideshow(
            settings: Self.settings, slides: Show.slides(names), available: Set(names + ["new"]),
            snapshot: first.slideshow.snapshot)
        second.handle(.start)
        second.handle(.playlist(Show.slides(names + ["new"])))
        second.passOneChange()
        #expect(second.shown.last == "new")
    }

    @Test func aPhotoShownByHandHasHadItsTurn() throws {
        let names = Self.names(20)
        var show = Show(names, settings: Self.settings)
        let later = try #require(names.last { !show.shown.contains($0) })
        show.handle(.show(later))
        show.pass(.seconds(18))
        #expect(show.shown.count == 20)
        #expect(Set(show.shown).count == 20)
    }

    @Test func photosThatHaveNotArrivedKeepTheirTurn() {
        let names = Self.names(20)
        var show = Show(names, settings: Self.settings, isAvailable: false)
        #expect(show.shown.isEmpty)
        show.handle(.available(Set(names[..<5])))
        show.pass(.seconds(4))
        #expect(Set(show.shown) == Set(names[..<5]))
        show.handle(.available(Set(names)))
        show.pass(.seconds(15))
        #expect(Set(show.shown) == Set(names))
        #expect(show.shown.count == 20)
    }

    @Test func upcomingForetellsWhatIsShown() {
        let names = Self.names(30)
        var show = Show(names, settings: Self.settings)
        show.pass(.seconds(7))
        let foretold = show.slideshow.upcoming(10).map(\.name)
        show.pass(.seconds(10))
        #expect(Array(show.shown[8...]) == foretold)
        #expect(Set(show.slideshow.upcoming(100).map(\.name)).count >= 29)
    }

    @Test func aLongPlaylistIsForetoldQuickly() {
        let names = Self.names(10000)
        let show = Show(names, settings: Self.settings)
        let taken = ContinuousClock().measure { _ = show.slideshow.upcoming(50) }
        #expect(taken < .seconds(2))
    }

    @Test func aSnapshotStaysSmall() {
        let names = Self.names(5000)
        var show = Show(names, settings: Self.settings)
        show.pass(.seconds(2500))
        let snapshot = show.slideshow.snapshot
        #expect(snapshot.history.entries.count <= SlideHistory.limit)
        #expect(String(describing: snapshot.round).utf8.count < 4000)
    }
}
