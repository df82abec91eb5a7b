import DisplayChannel
import Foundation
import Logging
import Slideshow
import TestSupport
import Testing

@testable import PhotoViewer

struct ReelTests {
    private let old = PictureID("old")
    private let new = PictureID("new")
    private let start = ContinuousClock.now
    private let projection = Projection()

    private func reel(_ kind: Projection.Transition.Kind) -> Reel {
        var reel = Reel()
        reel.cut(to: self.old)
        reel.turn(
            to: self.new, by: .init(kind: kind, duration: .seconds(1)), motion: nil, frameInterval: .milliseconds(16),
            at: self.start)
        return reel
    }

    @Test func aCrossfadeMovesFromTheFirstFrameOnAndSettles() {
        var reel = self.reel(.crossfade)
        let first = reel.scene(of: self.projection, at: self.start)
        #expect(first.current == self.new && first.previous == self.old)
        #expect(first.progress > 0 && first.progress < 0.02)
        #expect(!first.isSettled)
        let middle = reel.scene(of: self.projection, at: self.start.advanced(by: .milliseconds(484)))
        #expect(abs(middle.progress - 0.5) < 0.001)
        #expect(reel.needed == [self.old, self.new])
        let last = reel.scene(of: self.projection, at: self.start.advanced(by: .seconds(1)))
        #expect(last == Scene(current: self.new))
        #expect(!reel.isMoving(at: self.start.advanced(by: .seconds(1))))
        #expect(reel.needed == [self.new])
    }

    @Test func aFadeThroughBlackShowsOnePictureAtATime() {
        var reel = self.reel(.fadeThroughBlack)
        let early = reel.scene(of: self.projection, at: self.start.advanced(by: .milliseconds(234)))
        #expect(early.current == self.old && early.previous == nil && abs(early.light - 0.5) < 0.001)
        let late = reel.scene(of: self.projection, at: self.start.advanced(by: .milliseconds(734)))
        #expect(late.current == self.new && abs(late.light - 0.5) < 0.001)
    }

    @Test func aCutHasNoFramesBetween() {
        var reel = self.reel(.cut)
        #expect(!reel.isMoving(at: self.start))
        #expect(reel.scene(of: self.projection, at: self.start) == Scene(current: self.new))
        #expect(reel.needed == [self.new])
    }

    @Test func aSettingChangesTheNextFrameOfAFade() {
        var reel = self.reel(.crossfade)
        var projection = self.projection
        projection.look.brightness = 0.3
        #expect(reel.scene(of: projection, at: self.start).look.brightness == 0.3)
        #expect(reel.isMoving(at: self.start))
    }

    // MARK: Words

    private let oldCaption = Card(title: "", lines: ["old"], placement: .bottomLeft)
    private let newCaption = Card(title: "", lines: ["new"], placement: .bottomLeft)
    private let time = Card(title: "", lines: ["07:45"], placement: .topRight)

    private func opacities(_ kind: Projection.Transition.Kind, after: Duration) -> [String: Double] {
        var reel = Reel()
        reel.cut(to: self.old)
        var projection = self.projection
        projection.notes = [self.oldCaption, self.time]
        _ = reel.scene(of: projection, at: self.start)
        reel.turn(
            to: self.new, by: .init(kind: kind, duration: .seconds(1)), motion: nil, frameInterval: .milliseconds(16),
            at: self.start)
        projection.notes = [self.newCaption, self.time]
        let scene = reel.scene(of: projection, at: self.start.advanced(by: after - .milliseconds(16)))
        return Dictionary(uniqueKeysWithValues: scene.notes.map { ($0.card.lines[0], ($0.opacity * 100).rounded()) })
    }

    @Test func aCaptionFadesWithItsPhotoAndTheTimeStays() {
        #expect(self.opacities(.crossfade, after: .milliseconds(250)) == ["old": 75, "new": 25, "07:45": 100])
        #expect(self.opacities(.fadeThroughBlack, after: .milliseconds(250)) == ["old": 50, "new": 0, "07:45": 100])
        #expect(self.opacities(.fadeThroughBlack, after: .milliseconds(750)) == ["old": 0, "new": 50, "07:45": 100])
        #expect(self.opacities(.crossfade, after: .seconds(2)) == ["new": 100, "07:45": 100])
    }

    @Test(arguments: [(1.0, 1.0), (0.5, 0.5), (0.05, Reel.darkestNotes)])
    func wordsAreDimmedButCanBeRead(light: Double, words: Double) {
        var reel = self.reel(.cut)
        var projection = self.projection
        projection.light = light
        #expect(reel.scene(of: projection, at: self.start).notesLight == words)
    }

    // MARK: Motion

    private func moving(_ kind: Projection.Transition.Kind = .crossfade, for time: Duration = .seconds(20)) -> Reel {
        var reel = Reel()
        reel.cut(to: self.old)
        reel.turn(
            to: self.new, by: .init(kind: kind, duration: .seconds(1)), motion: time, frameInterval: .milliseconds(16),
            at: self.start)
        return reel
    }

    private var movingProjection: Projection {
        var projection = self.projection
        projection.motion = .seconds(20)
        return projection
    }

    @Test func aPictureMovesUntilItsTimeIsOverAndThenRests() {
        var reel = self.moving()
        let middle = reel.scene(of: self.movingProjection, at: self.start.advanced(by: .seconds(10)))
        #expect(middle.currentZoom.scale > 1 && !middle.isSettled && !middle.isTurning)
        #expect(reel.isMoving(at: self.start.advanced(by: .seconds(20.9))))
        let end = self.start.advanced(by: .seconds(21.1))
        #expect(!reel.isMoving(at: end))
        #expect(reel.scene(of: self.movingProjection, at: end).isSettled)
    }

    @Test func aPictureThatLeavesMovesOn() {
        var reel = self.moving()
        let before = reel.scene(of: self.movingProjection, at: self.start.advanced(by: .seconds(20)))
        reel.turn(
            to: self.old, by: .init(kind: .crossfade, duration: .seconds(1)), motion: .seconds(20),
            frameInterval: .milliseconds(16), at: self.start.advanced(by: .seconds(20)))
        let scene = reel.scene(of: self.movingProjection, at: self.start.advanced(by: .seconds(20.5)))
        #expect(scene.previous == self.new)
        #expect(scene.previousZoom.scale != before.currentZoom.scale)
    }

    @Test func theSettingStartsAndStopsTheMotionOfThePictureOnTheScreen() {
        var reel = self.reel(.cut)
        _ = reel.scene(of: self.movingProjection, at: self.start)
        #expect(reel.isMoving(at: self.start))
        #expect(reel.scene(of: self.projection, at: self.start.advanced(by: .seconds(5))).currentZoom == .none)
        #expect(!reel.isMoving(at: self.start.advanced(by: .seconds(5))))
    }

    @Test func aDarkScreenDrawsNoMotion() {
        var reel = self.moving()
        var projection = self.movingProjection
        projection.isDark = true
        _ = reel.scene(of: projection, at: self.start)
        #expect(!reel.isMoving(at: self.start))
    }
}

struct MotionTests {
    /// Enlargement a second, as a factor, over the motion of a picture.
    private func speeds(_ motion: Motion) -> [Double] {
        let scales = stride(from: 0.0, through: motion.duration / .seconds(1), by: 0.5).map {
            motion.zoom(after: .seconds($0)).scale
        }
        return zip(scales, scales.dropFirst()).map { $1 / $0 }
    }

    @Test(arguments: ["a", "b", "c", "d", "e"], [2.0, 10, 30, 60, 3600])
    func theSpeedIsEvenAndSlow(name: String, seconds: Double) {
        let motion = Motion(of: PictureID(name), shownFor: .seconds(seconds))
        let speeds = self.speeds(motion)
        for speed in speeds { #expect(abs(speed - speeds[0]) < 1e-9) }
        #expect((0.99699...1.00301).contains(speeds[0]) && speeds[0] != 1)
        #expect(motion.duration <= .seconds(60))
    }

    @Test func aPictureNeverLeavesItsPlaceAndMovesAlikeEverywhere() {
        var growing = 0
        for number in 0..<200 {
            let motion = Motion(of: PictureID("photo-\(number)"), shownFor: .seconds(30))
            #expect(motion == Motion(of: PictureID("photo-\(number)"), shownFor: .seconds(30)))
            let (first, last) = (motion.zoom(after: .zero), motion.zoom(after: .seconds(30)))
            #expect(min(first.scale, last.scale) == 1 && max(first.scale, last.scale) <= Motion.greatestScale + 1e-9)
            #expect((0.25...0.75).contains(first.x) && (0.25...0.75).contains(first.y))
            #expect(first.x == last.x && first.y == last.y)
            if last.scale > first.scale { growing += 1 }
        }
        #expect((70...130).contains(growing), "about half of the pictures grow, the others shrink")
    }
}

struct PictureRackTests {
    private func picture(_ name: String) -> Projection.Picture {
        Projection.Picture(id: PictureID(name), contents: [name], paths: ["/\(name)"])
    }

    @Test func thereAreNeverThreePictures() {
        var rack = PictureRack()
        for name in ["a", "b"] {
            #expect(rack.take([self.picture(name)]) == self.picture(name))
            #expect(rack.take([self.picture("x")]) == nil, "one at a time")
            rack.finish(isLoaded: true)
        }
        #expect(rack.take([self.picture("c")]) == nil)
        #expect(rack.discard(except: [PictureID("b"), PictureID("c")]) == [PictureID("a")])
        #expect(rack.take([self.picture("b"), self.picture("c")]) == self.picture("c"))
        rack.finish(isLoaded: false)
        #expect(rack.loaded == [PictureID("b")])
    }
}

struct ServerClockTests {
    @Test func theServersTimeGoesOnWithOurUptimeWhateverOurWallClockDoes() {
        let measured = Moment(uptime: .seconds(100), wall: .seconds(5000))
        let clock = ServerClock(measured: measured, wall: .seconds(7000))
        #expect(clock.wall(at: Moment(uptime: .seconds(160), wall: .seconds(1))) == .seconds(7060))
        let later = Moment(uptime: .seconds(100_000), wall: .seconds(104_901))
        #expect(clock.wall(at: later) == .seconds(106_901), "after an hour the wall clock is the steadier one")
    }

    @Test func theQuickestAnswerCounts() async throws {
        let house = FakeHouse()
        house.change { $0.clockOffset = .seconds(3) }
        let probe = ServerClockProbe(service: house, now: Moment.current, logger: Logger(label: "test"))
        let measured = Shared<ServerClock?>(nil)
        let task = Task { await probe.run { measured.set($0) } }
        let clock = try await eventually("a measurement") { measured.get() }
        task.cancel()
        #expect(abs((clock.wall - clock.measured.wall) / .seconds(1) - 3) < 0.5)
    }
}

struct ScreenLanguageTests {
    @Test(arguments: [
        ("", ["LANG": "de_AT.UTF-8"], "23. November 2026"),
        ("", ["LANG": "C", "LC_TIME": "fr_FR"], "23 novembre 2026"),
        ("", ["LC_ALL": "es_ES.UTF-8@euro", "LANG": "de_AT"], "23 de noviembre de 2026"),
        ("", ["LANG": "C.UTF-8"], "23 November 2026"), ("", [:], "23 November 2026"),
        ("en-US", ["LANG": "de_AT.UTF-8"], "November 23, 2026"),
    ])
    func theSettingCountsAndElseTheMachine(setting: String, environment: [String: String], date: String) {
        let locale = ScreenLanguage.locale(setting: setting, environment: environment)
        let caption = PhotoCaption(date: "2026-11-23T07:45:00")
        #expect(caption.text([.date], locale: locale) == date)
    }
}
