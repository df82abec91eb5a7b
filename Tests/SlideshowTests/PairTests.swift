import Testing

@testable import Slideshow

struct PairTests {
    private static func settings(_ order: SlideOrder, seed: UInt64 = 5) -> SlideshowSettings {
        SlideshowSettings(
            timing: ChangeTiming(interval: .seconds(1)), order: order, seed: seed, pairsPortraits: true)
    }

    private static func names(landscapes: Int, portraits: Int) -> [String] {
        (0..<landscapes).map { "l\($0)" } + (0..<portraits).map { "p\($0)" }
    }

    @Test(arguments: [(0, 2), (0, 3), (1, 2), (5, 8), (40, 17), (3, 60)])
    func everyPhotoIsShownOnceARoundAndOnlyPortraitsStandTogether(landscapes: Int, portraits: Int) {
        let names = Self.names(landscapes: landscapes, portraits: portraits)
        let places = landscapes + (portraits + 1) / 2
        for seed in UInt64(0)..<20 {
            var show = Show(names, settings: Self.settings(.shuffle, seed: seed))
            show.pass(.seconds(places * 3))
            let first = show.spreads.prefix(places).flatMap { $0 }
            #expect(Set(first).count == names.count && first.count == names.count, "seed \(seed)")
            for spread in show.spreads where spread.count == 2 {
                #expect(spread[0] != spread[1] && spread.allSatisfy { $0.hasPrefix("p") }, "seed \(seed)")
            }
            for (one, next) in zip(show.spreads, show.spreads.dropFirst()) {
                #expect(Set(one).isDisjoint(with: next), "seed \(seed)")
            }
        }
    }

    @Test func aListedOrderPairsOnlyNeighbours() {
        var show = Show(["l1", "p1", "p2", "p3", "l2", "p4"], settings: Self.settings(.asListed))
        show.pass(.seconds(5))
        #expect(show.spreads == [["l1"], ["p1", "p2"], ["p3"], ["l2"], ["p4"], ["l1"]])
    }

    @Test func previousAndNextTakeAPairAsOneStep() {
        var show = Show(["l1", "p1", "p2", "l2"], settings: Self.settings(.asListed))
        show.pass(.seconds(2))
        show.handle(.previous)
        #expect(show.spreads.last == ["p1", "p2"])
        show.handle(.previous)
        show.handle(.previous)
        show.handle(.previous)
        #expect(show.spreads.suffix(3) == [["l1"], ["l2"], ["p1", "p2"]])
    }

    @Test func turnedOnItPairsThePortraitOnTheScreenAtOnce() {
        var settings = Self.settings(.asListed)
        settings.pairsPortraits = false
        var show = Show(["p1", "p2", "p3"], settings: settings)
        settings.pairsPortraits = true
        show.handle(.settings(settings))
        #expect(show.spreads == [["p1"], ["p1", "p2"]])
        show.passOneChange()
        #expect(show.spreads.last == ["p3"])
        settings.pairsPortraits = false
        show.handle(.previous)
        show.handle(.settings(settings))
        #expect(show.spreads.suffix(2) == [["p1", "p2"], ["p1"]])
    }

    @Test func aPhotoAskedForByNameStandsAlone() {
        var show = Show(["p1", "p2", "p3", "p4"], settings: Self.settings(.asListed))
        show.handle(.show("p3"))
        #expect(show.spreads.last == ["p3"])
    }

    @Test func ofAPairTheOtherStaysWhenOneIsDamagedOrTakenAway() {
        var show = Show(["p1", "p2", "l1"], settings: Self.settings(.asListed))
        #expect(show.spreads.last == ["p1", "p2"])
        show.handle(.unavailable(["p1"]))
        #expect(show.spreads.last == ["p2"])
        show = Show(["p1", "p2", "l1"], settings: Self.settings(.asListed))
        show.handle(.playlist(Show.slides(["p1", "l1"])))
        #expect(show.spreads.last == ["p1"])
    }

    @Test func aPortraitWhoseFellowsAreOnTheirWayDoesNotWaitForThem() {
        var show = Show(["p1", "p2"], settings: Self.settings(.asListed), isAvailable: false)
        show.handle(.available(["p1"]))
        #expect(show.spreads == [["p1"]])
    }

    @Test func aRestartBringsThePairBack() {
        let names = Self.names(landscapes: 3, portraits: 8)
        var through = Show(names, settings: Self.settings(.shuffle))
        through.pass(.seconds(20))
        for restartAfter in 0..<7 {
            var first = Show(names, settings: Self.settings(.shuffle))
            first.pass(.seconds(restartAfter))
            var second = Show()
            second.slideshow = Slideshow(
                settings: Self.settings(.shuffle), slides: Show.slides(names), available: Set(names),
                snapshot: first.slideshow.snapshot)
            second.handle(.start)
            second.pass(.seconds(20 - restartAfter))
            #expect(first.spreads + second.spreads.dropFirst() == through.spreads)
        }
    }

    @Test func upcomingNamesBothOfEachPair() {
        let names = Self.names(landscapes: 3, portraits: 8)
        var show = Show(names, settings: Self.settings(.shuffle))
        let foretold = show.slideshow.upcoming(6).map(\.name)
        show.pass(.seconds(8))
        #expect(show.spreads.dropFirst().flatMap { $0 }.prefix(6) == foretold.prefix(6))
    }
}
