import Testing

@testable import Slideshow

/// Displays that change together, by nothing but their clocks.
struct StepTests {
    private static func settings(
        _ seconds: Double = 30, order: SlideOrder = .shuffle, seed: UInt64 = 11, pairsPortraits: Bool = false
    ) -> SlideshowSettings {
        SlideshowSettings(
            timing: ChangeTiming(interval: .seconds(seconds), variancePercent: 40, usesHalfLife: true), order: order,
            seed: seed, pairsPortraits: pairsPortraits, isInStep: true)
    }

    private static func names(_ count: Int) -> [String] {
        (0..<count).map { "\($0.isMultiple(of: 3) ? "p" : "l")\($0)" }
    }

    /// What was on the screen at each whole second of `range` after midnight.
    private static func timeline(_ show: inout Show, _ range: Range<Int>) -> [[String]] {
        range.map { second in
            show.pass(Show.midnight + .seconds(second) - show.now.wall)
            return show.spreads.last ?? []
        }
    }

    @Test(arguments: [
        (30.0, SlideOrder.shuffle, true), (7.3, .shuffle, false), (45, .asListed, true), (3600, .newestFirst, false),
    ])
    func displaysStartedAtDifferentTimesShowTheSame(seconds: Double, order: SlideOrder, pairs: Bool) {
        let settings = Self.settings(seconds, order: order, pairsPortraits: pairs)
        var early = Show(Self.names(50), settings: settings)
        var late = Show(Self.names(50), settings: settings, at: .seconds(4000.5))
        let common = 4001..<12_000
        _ = Self.timeline(&early, 0..<4001)
        #expect(Self.timeline(&early, common) == Self.timeline(&late, common))
    }

    @Test func changesFallOnMultiplesOfTheIntervalSince1970() {
        var show = Show(Self.names(10), settings: Self.settings(7), at: .seconds(1))
        for _ in 0..<20 {
            show.passOneChange()
            #expect(Int(show.now.wall.components.seconds) % 7 == 0 && show.now.wall.components.attoseconds == 0)
        }
        #expect(show.spreads.count == 21)
    }

    @Test(arguments: [2, 3, 5, 6, 7, 12, 50, 333])
    func roundsAreExhaustiveAndNothingComesTwiceInARow(count: Int) {
        for pairs in [false, true] {
            for seed in UInt64(0)..<10 {
                let settings = Self.settings(1, seed: seed, pairsPortraits: pairs)
                let playlist = Playlist(Show.slides(Self.names(count)))
                let places = StepRound.count(of: playlist, settings: settings)
                var all: [Spread] = []
                for number in -1..<6 {
                    let round = StepRound(number, of: playlist, settings: settings)
                    #expect(round.places.count == places)
                    #expect(Set(round.places.flatMap(\.slides).map(\.name)).count == count)
                    all += round.places
                }
                // Of two places, two pairs and the like, the last and the first are neighbours in the one order there is.
                guard places > 1 else { continue }
                for (one, next) in zip(all, all.dropFirst()) {
                    #expect(Set(one.slides.map(\.name)).isDisjoint(with: next.slides.map(\.name)), "seed \(seed)")
                }
            }
        }
    }

    @Test func aGroupThatSharesAnAlbumOutChangesAtOneInstant() {
        var left = Show(Self.names(20), settings: Self.settings())
        var right = Show((0..<31).map { "x\($0)" }, settings: Self.settings(), at: .seconds(13))
        left.pass(.seconds(13))
        for _ in 0..<100 {
            left.passOneChange()
            right.passOneChange()
            #expect(left.now.wall == right.now.wall)
        }
    }

    @Test func newPhotosComeAtTheNextInstantsOnAllDisplays() {
        var one = Show(Self.names(40), settings: Self.settings())
        var other = Show(Self.names(40), settings: Self.settings(), at: .seconds(100))
        one.pass(.seconds(100))
        let fresh = ["n1", "n2", "n3"]
        for event in [SlideshowEvent.available(Set(fresh)), .playlist(Show.slides(Self.names(40) + fresh))] {
            one.handle(event)
            other.handle(event)
        }
        let shown = Self.timeline(&one, 101..<400)
        #expect(shown == Self.timeline(&other, 101..<400))
        #expect(Set(fresh).isSubset(of: Set(one.shown.suffix(11).prefix(4))))
    }

    @Test func aCommandMovesADisplayUntilTheNextInstant() {
        var show = Show(Self.names(40), settings: Self.settings())
        var still = Show(Self.names(40), settings: Self.settings())
        show.pass(.seconds(10))
        show.handle(.next)
        show.handle(.next)
        show.handle(.previous)
        #expect(show.spreads.count == 4 && show.spreads[1] == show.spreads[3])
        #expect(Self.timeline(&show, 31..<200) == Self.timeline(&still, 31..<200))
    }

    @Test func aPhotoThatIsMissingIsPassedOverUntilItArrives() {
        var whole = Show(Self.names(40), settings: Self.settings())
        let missing = whole.shown[0]
        var show = Show(settings: Self.settings())
        show.handle(.available(Set(Self.names(40)).subtracting([missing])))
        show.handle(.playlist(Show.slides(Self.names(40))))
        #expect(show.shown.count == 1 && show.shown != [missing])
        show.handle(.available([missing]))
        #expect(show.shown.last == missing)
        #expect(Self.timeline(&show, 30..<300) == Self.timeline(&whole, 30..<300))
    }

    @Test func aDisplayThatWasAsleepOrPausedJoinsInTheMiddle() {
        var awake = Show(Self.names(40), settings: Self.settings())
        var show = Show(Self.names(40), settings: Self.settings())
        for (stop, go) in [(SlideshowEvent.power(false), SlideshowEvent.power(true)), (.pause(true), .pause(false))] {
            show.pass(.seconds(7))
            show.handle(stop)
            show.pass(.seconds(1000))
            show.handle(go)
            awake.pass(.seconds(1007))
            #expect(show.slideshow.shown == awake.slideshow.shown)
        }
    }

    @Test func turnedOnItJoinsAtOnce() {
        var group = Show(Self.names(40), settings: Self.settings())
        var alone = Self.settings()
        alone.isInStep = false
        var show = Show(Self.names(40), settings: alone)
        show.pass(.seconds(100))
        group.pass(.seconds(100))
        show.handle(.settings(Self.settings()))
        #expect(show.slideshow.shown == group.slideshow.shown)
    }

    @Test func theNextPhotoIsKnownBeforeItsInstant() {
        var show = Show(Self.names(40), settings: Self.settings())
        for _ in 0..<50 {
            let next = show.slideshow.next
            let foretold = show.slideshow.upcoming(1).first
            show.passOneChange()
            #expect(show.slideshow.shown == next)
            #expect(foretold == show.slideshow.current)
        }
    }
}
