import Foundation
import TestSupport
import Testing

/// A real display process dies at any moment, and loses the names of its servers, by seed: the picture stays, the newest
/// state arrives soon after the fault's end, and no command runs twice.
///
/// `VITRINE_SOAK_SEED=7 VITRINE_SOAK_RUNS=1 swift test --filter ViewerFaultTests` runs one seed again.
@Suite(.serialized, .timeLimit(.minutes(120)))
struct ViewerFaultTests {
    /// From the fault's end to the newest state on the screen, beyond what the same takes here without a fault.
    private static let promise: Duration = .seconds(5)
    /// How long is waited before it counts as lost.
    private static let patience: Duration = .seconds(40)

    @Test(arguments: SoakSeeds.all(orElse: 1))
    func `a display that dies or cannot resolve names keeps its picture and catches up`(seed: UInt64) async throws {
        print("viewer fault run: seed \(seed)")
        let photos = [try RealPhotos.dune, try RealPhotos.storm, try RealPhotos.wood]
        try await ViewerFaultRun.with { run in
            let house = run.house
            var albums: [Int64] = []
            for photo in photos {
                let album = try await house.api.createAlbum("Album \(albums.count)")
                try await house.api.upload(photo, into: album)
                albums.append(album)
            }
            try await house.api.change(run.display, ["album": albums[0], "settings": ViewerFaultRun.settings])
            try await house.showsOnScreen(photos[0])
            // Each photo once, so that the server has cut them: what is measured is how a change arrives.
            var calm: Duration = .zero
            for place in [1, 2, 0] {
                let asked = ContinuousClock.now
                try await house.api.change(run.display, ["album": albums[place]])
                try await house.showsOnScreen(photos[place])
                calm = max(calm, asked.duration(to: .now))
            }

            let watch = try await FrameWatch(house, photos: photos)
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await watch.run() }
                group.addTask { [albums, calm] in
                    try await Self.breakThings(run, albums, photos, calm: calm, seed: seed)
                }
                defer { group.cancelAll() }
                try await group.next()
            }
            let (gaps, frames) = await (watch.gaps, watch.frames)
            #expect(gaps == 0, "seed \(seed): frames without a photo, of \(frames)")
            #expect(frames > 0)
        }
    }

    private static func breakThings(
        _ run: ViewerFaultRun, _ albums: [Int64], _ photos: [String], calm: Duration, seed: UInt64
    ) async throws {
        let house = run.house
        var generator = SeededGenerator(seed: seed)
        var place = 0
        var (sent, late): ([Int64], [String]) = ([], [])
        var (worst, slowestStart): (Duration, TimeInterval) = (.zero, 0)
        for fault in ViewerFaultRun.Fault.allCases.shuffled(using: &generator) {
            // Any moment: before the change, as it arrives, as its photo is fetched, as it is drawn.
            place = (place + Int.random(in: 1...2, using: &generator)) % photos.count
            let asked = run.names.questions
            var killed = fault.takesNames ? try await run.begin(fault, &generator) : nil
            sent.append(try await house.api.order(run.display, "next"))
            try await house.api.change(run.display, ["album": albums[place]])
            if Bool.random(using: &generator) { sent.append(try await house.api.order(run.display, "previous")) }
            try await Task.sleep(for: .milliseconds(Int.random(in: 0...700, using: &generator)))
            if !fault.takesNames { killed = try await run.begin(fault, &generator) }
            if let killed { slowestStart = max(slowestStart, try await run.firstFrame(since: killed)) }
            if fault.takesNames {
                try await Task.sleep(for: .milliseconds(Int.random(in: 500...6000, using: &generator)))
                let isAsked = run.names.questions > asked
                #expect(isAsked, "seed \(seed): \(fault): no name was asked for")
            }
            run.end()
            let mended = ContinuousClock.now
            try await house.showsOnScreen(photos[place], within: Self.patience)
            let took = mended.duration(to: .now)
            worst = max(worst, took)
            print("viewer fault run: seed \(seed): \(fault), newest after \(took)")
            if took > Self.promise + calm { late.append("\(fault): \(took)") }
        }
        // The last command has arrived, so those before it had their chance.
        let last = try await house.api.order(run.display, "next")
        try await eventually("the last command", within: .seconds(30)) { run.commands()[last] != nil }
        let counts = run.commands()
        #expect(counts.filter { $0.value > 1 }.isEmpty, "seed \(seed): commands that ran twice")
        #expect(late.isEmpty, "seed \(seed): without a fault it takes \(calm)")
        #expect(slowestStart < 3 + calm / .seconds(1), "seed \(seed): from the kill to a photo")
        print(
            "viewer fault run: seed \(seed): worst \(worst), without a fault \(calm); a photo \(slowestStart) s after a kill;",
            "\(sent.count { counts[$0] != nil }) of \(sent.count) commands ran")
    }
}
