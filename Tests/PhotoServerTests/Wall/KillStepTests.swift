import Foundation
import TestSupport
import Testing

@testable import PhotoServer

/// The server is killed between every two steps from a click to its acknowledgement. What was acknowledged is there
/// afterwards, and database, mediator and display agree.
@Suite(.serialized, .timeLimit(.minutes(4))) struct KillStepTests {
    @Test func `killed at any step, the server goes on where it was`() async throws {
        try await withTemporaryFolder { folder in
            let house = try await WallHouse(folder: folder, displays: 1, etcdPort: nil)
            defer { house.kill() }
            try await house.withDisplays(endpoint: "http://127.0.0.1:\(house.mediatorPort)") {
                try await house.start()
                var model = WallModel(try await house.views(), house)
                house.kill()
                var sent: [String] = []
                for (turn, step) in ServerStep.allCases.enumerated() {
                    try await house.start(killedAt: "\(step):1")
                    let name = "Hall \(turn)"
                    model.set(\.names, 0, name, await house.change(0, "{\"name\":\"\(name)\"}"))
                    let photo = house.photos[turn % house.photos.count]
                    if await house.show(photo.id, on: 0) == .acknowledged { sent.append(photo.name) }
                    try await eventually("the server dying at \(step)", within: .seconds(30)) { !house.isRunning }
                    house.kill()

                    try await house.start()
                    let known = model
                    do {
                        try await eventually("everybody agreeing after \(step)", within: .seconds(30)) {
                            let problem = known.problem(try await house.views(), house)
                            if let problem { throw NotInTime(description: problem) }
                            return true
                        }
                    } catch {
                        Issue.record(
                            "\(error)\n\((try? String(contentsOfFile: "\(folder)/server.log", encoding: .utf8))?.suffix(3000) ?? "")"
                        )
                        throw error
                    }
                    house.kill()
                }
                // A command that was acknowledged ran once; one that was not may have.
                let shown = house.displays[0].shown
                for photo in house.photos.map(\.name) {
                    #expect(shown.filter { $0 == photo }.count >= sent.filter { $0 == photo }.count)
                }
                #expect(shown.count <= ServerStep.allCases.count)
            }
        }
    }
}
