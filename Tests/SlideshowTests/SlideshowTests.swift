import Testing

@testable import Slideshow

struct SlideshowTests {
    private static func listed(_ seconds: Int = 10, order: SlideOrder = .asListed) -> SlideshowSettings {
        SlideshowSettings(timing: ChangeTiming(interval: .seconds(seconds)), order: order)
    }

    @Test func aListedOrderGoesRoundAndRound() {
        var show = Show(["a", "b", "c"], settings: Self.listed())
        show.pass(.seconds(45))
        #expect(show.shown == ["a", "b", "c", "a", "b"])
    }

    @Test func newestFirstSortsByDateAndPutsTheUndatedLast() {
        var show = Show(settings: Self.listed(order: .newestFirst))
        show.handle(.available(["1", "2", "3", "4"]))
        show.handle(
            .playlist([
                Slide(name: "undated", content: "1"),
                Slide(name: "old", content: "2", dateTaken: "1999-01-01T00:00:00"),
                Slide(name: "new", content: "3", dateTaken: "2026-01-01T00:00:00"),
                Slide(name: "middle", content: "4", dateTaken: "2010-06-01T12:00:00"),
            ]))
        show.pass(.seconds(35))
        #expect(show.shown == ["new", "middle", "old", "undated"])
    }

    @Test func previousAndNextWalkThroughWhatWasShown() {
        var show = Show(
            ["a", "b", "c", "d"], settings: SlideshowSettings(timing: ChangeTiming(interval: .seconds(10))))
        show.pass(.seconds(20))
        let order = show.shown
        show.handle(.previous)
        show.handle(.previous)
        show.handle(.previous)
        #expect(show.actions == [.refuse("no earlier photo")])
        show.handle(.next)
        show.handle(.next)
        #expect(show.shown == order + [order[1], order[0], order[1], order[2]])
        show.handle(.next)
        #expect(Set(show.shown).count == 4, "past the end of what was shown comes a new one")
    }

    @Test func previousInAListedOrderGoesOnBeforeTheStart() {
        var show = Show(["a", "b", "c"], settings: Self.listed())
        show.handle(.previous)
        #expect(show.shown == ["a", "c"])
    }

    @Test func aPlaylistOfOnePhotoThatArrivesAfterTheScreenIsOnAgainIsShownAtOnce() {
        var show = Show(["a", "b"], settings: Self.listed(3600))
        show.handle(.power(false))
        show.handle(.playlist(Show.slides(["x"])))
        show.handle(.power(true))
        show.handle(.available(["x"]))
        #expect(show.shown == ["a", "x"])
    }

    @Test func aCommandStartsTheIntervalAnew() {
        var show = Show(["a", "b", "c"], settings: Self.listed())
        show.pass(.seconds(9))
        show.handle(.next)
        #expect(show.slideshow.delay(from: show.now) == .seconds(10))
    }

    @Test(arguments: [
        (["a", "b"], "b", true, SlideshowAction.show(Spread(Slide(name: "b", content: "b")))),
        (["a", "b"], "x", true, .refuse("the photo is not in the playlist")),
        (["a", "b"], "b", false, .refuse("the photo has not arrived yet")),
        ([], "b", true, .refuse("the photo is not in the playlist")),
    ])
    func showBringsOnePhotoOrSaysWhyNot(
        names: [String], wanted: String, hasArrived: Bool, expected: SlideshowAction
    ) {
        var show = Show(names, settings: Self.listed(), isAvailable: hasArrived)
        show.handle(.show(wanted))
        #expect(show.actions == [expected])
    }

    @Test func aPauseHoldsThePhotoButNotTheCommands() {
        var show = Show(["a", "b", "c"], settings: Self.listed())
        show.handle(.pause(true))
        #expect(show.slideshow.nextDue(at: show.now) == nil)
        show.pass(.seconds(100))
        show.handle(.next)
        show.pass(.seconds(100))
        #expect(show.shown == ["a", "b"])
        show.handle(.pause(false))
        #expect(show.slideshow.delay(from: show.now) == .seconds(10))
    }

    @Test func powerOffStopsTimeAndCommands() {
        var show = Show(["a", "b", "c"], settings: Self.listed())
        show.handle(.power(false))
        #expect(show.actions == [.screenOff])
        show.pass(.seconds(100))
        show.handle(.next)
        #expect(show.actions == [.refuse("the display is off")])
        show.handle(.power(true))
        #expect(show.actions == [.screenOn])
        #expect(show.slideshow.current?.name == "a")
        #expect(show.slideshow.delay(from: show.now) == .seconds(10))
        show.handle(.power(true))
        #expect(show.actions.isEmpty)
    }

    @Test func anEmptyPlaylistShowsNothingAndTheNextOneSomething() {
        var show = Show()
        #expect(show.actions == [.showNothing])
        show.handle(.available(["a"]))
        show.handle(.next)
        #expect(show.actions == [.refuse("the playlist is empty")])
        show.handle(.playlist(Show.slides(["a"])))
        #expect(show.shown == ["a"])
        show.handle(.playlist([]))
        #expect(show.actions == [.showNothing])
        #expect(show.slideshow.delay(from: show.now) == nil)
    }

    @Test func aSinglePhotoStaysWithoutBeingShownAgain() {
        var show = Show(["a"])
        show.pass(.seconds(600))
        #expect(show.shown == ["a"])
        #expect(show.slideshow.delay(from: show.now) != nil, "another one may join")
    }

    @Test func aNewPlaylistKeepsTheCurrentPhotoAndItsDueTime() {
        var show = Show(["a", "b", "c"], settings: Self.listed())
        show.pass(.seconds(14))
        show.handle(.available(["x"]))
        show.handle(.playlist(Show.slides(["x", "b", "a"])))
        #expect(show.shown == ["a", "b"])
        #expect(show.slideshow.delay(from: show.now) == .seconds(6))
        show.passOneChange()
        #expect(show.shown == ["a", "b", "a"])
    }

    @Test func aPhotoTakenFromThePlaylistLeavesTheScreenForItsSuccessor() {
        var show = Show(["a", "b", "c", "d"], settings: Self.listed())
        show.pass(.seconds(10))
        show.handle(.playlist(Show.slides(["a", "c", "d"])))
        #expect(show.shown == ["a", "b", "c"])
    }

    @Test func anotherAlbumWaitsForItsFirstPhoto() {
        var show = Show(["a", "b"], settings: Self.listed())
        show.handle(.playlist(Show.slides(["x", "y"])))
        #expect(show.shown == ["a"])
        #expect(show.actions.isEmpty, "better the old photo than a black screen")
        show.handle(.available(["y"]))
        #expect(show.shown == ["a", "y"])
    }

    @Test(arguments: [
        (SlideshowEvent.power(false), SlideshowEvent.power(true)), (.pause(true), .pause(false)),
    ])
    func anotherAlbumThatArrivesWhileNothingMayChangeIsShownAfterwards(stop: SlideshowEvent, go: SlideshowEvent) {
        var show = Show(["a"])
        show.handle(stop)
        show.handle(.playlist(Show.slides(["x", "y"])))
        show.handle(.available(["x", "y"]))
        #expect(show.shown == ["a"])
        show.handle(go)
        #expect(show.shown.count == 2 && show.shown.last != "a")
        #expect(show.slideshow.delay(from: show.now) != nil, "and goes on from there")
    }

    @Test func anEditedPhotoIsReplacedWhenItsNewPictureIsThere() {
        var show = Show(["a", "b"], settings: Self.listed())
        show.handle(.playlist([Slide(name: "a", content: "a2"), Slide(name: "b", content: "b")]))
        #expect(show.shown == ["a"])
        show.pass(.seconds(3))
        show.handle(.available(["a2"]))
        #expect(show.actions == [.show(Spread(Slide(name: "a", content: "a2")))])
        #expect(show.slideshow.delay(from: show.now) == .seconds(7))
    }

    @Test func anOverdueChangeHappensWhenThePhotoArrives() {
        var show = Show(settings: Self.listed())
        show.handle(.available(["a"]))
        show.handle(.playlist(Show.slides(["a", "b"])))
        show.pass(.seconds(100))
        #expect(show.shown == ["a"])
        #expect(show.slideshow.delay(from: show.now) == nil)
        show.handle(.available(["b"]))
        #expect(show.shown == ["a", "b"])
    }

    @Test func aDamagedPictureGivesWayToTheNext() {
        var show = Show(["a", "b", "c"], settings: Self.listed())
        show.handle(.unavailable(["a"]))
        #expect(show.shown == ["a", "b"])
        show.handle(.unavailable(["b", "c"]))
        #expect(show.actions == [.showNothing])
        show.handle(.available(["c"]))
        #expect(show.shown == ["a", "b", "c"])
    }

    @Test func aNameListedTwiceIsShownOnce() {
        var show = Show(["a", "b", "a"], settings: Self.listed())
        show.pass(.seconds(20))
        #expect(show.shown == ["a", "b", "a"])
    }
}
