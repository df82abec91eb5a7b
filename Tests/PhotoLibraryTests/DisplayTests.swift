import Foundation
import PhotoLibrary
import Renditions
import TestSupport
import Testing

struct DisplayTests {
    @Test func aDisplayThatRegistersAgainIsTheSameDisplay() async throws {
        try await withLibrary { (library, _) async throws in
            let first = try await library.registerDisplay(
                id: "hall", name: "Hall", secretHash: "s", width: 1920, height: 1080)
            #expect(first.state == .pending && !first.needsPublishing)
            let again = try await library.registerDisplay(
                id: "hall", name: "Other", secretHash: "s", width: 1280, height: 720)
            #expect(again.name == "Hall" && again.width == 1280 && again.state == .pending)
            let approved = try await library.approveDisplay("hall", name: "Big hall")
            #expect(approved.state == .approved && approved.name == "Big hall" && approved.needsPublishing)
            #expect(try await library.displaysToPublish().map(\.id) == ["hall"])
        }
    }

    @Test func whoKnowsOnlyTheIdIsNotTheDisplay() async throws {
        try await withLibrary { (library, _) async throws in
            _ = try await library.registerDisplay(id: "hall", name: "Hall", secretHash: "s", width: 10, height: 10)
            let error = await #expect(throws: PhotoLibraryError.self) {
                try await library.registerDisplay(
                    id: "hall", name: "Hall", secretHash: "t", width: 10, height: 10, state: .approved)
            }
            #expect(error?.code == .forbidden)
            #expect(try await library.display("hall")?.state == .pending)
        }
    }

    @Test func onlyAnApprovedDisplayIsFoundByItsToken() async throws {
        try await withLibrary { (library, _) async throws in
            _ = try await library.registerDisplay(id: "hall", name: "Hall", secretHash: "s", width: 10, height: 10)
            try await library.setDisplayToken("hall", tokenHash: "t")
            #expect(try await library.display(tokenHash: "t") == nil)
            _ = try await library.approveDisplay("hall")
            #expect(try await library.display(tokenHash: "t")?.id == "hall")
        }
    }

    @Test(arguments: ["", "Hall", "a:b", "a/b", "ä", "a b", String(repeating: "a", count: 65)])
    func anIdThatCouldReachOtherKeysIsRefused(id: String) async throws {
        try await withLibrary { (library, _) async throws in
            let error = await #expect(throws: PhotoLibraryError.self) {
                try await library.registerDisplay(id: id, name: "Hall", secretHash: "s", width: 10, height: 10)
            }
            #expect(error?.code == .invalidName)
        }
    }

    @Test func waitingDisplaysAreBounded() async throws {
        try await withLibrary { (library, _) async throws in
            for number in 1...3 {
                _ = try await library.registerDisplay(
                    id: "d\(number)", name: "d", secretHash: "s", width: 10, height: 10, maximumPending: 3)
            }
            let error = await #expect(throws: PhotoLibraryError.self) {
                try await library.registerDisplay(
                    id: "d4", name: "d", secretHash: "s", width: 10, height: 10, maximumPending: 3)
            }
            #expect(error?.code == .full)
        }
    }

    @Test func aRemovedDisplaysIdIsNeverUsedAgainAndItsKeysAreRemembered() async throws {
        try await withLibrary { (library, _) async throws in
            _ = try await addDisplay(library)
            try await library.setDisplayToken("hall", tokenHash: "t")
            try await library.removeDisplay("hall")
            #expect(try await library.display(tokenHash: "t") == nil)
            #expect(try await library.displaysToRetire() == ["hall"])
            try await library.forgetRetired("hall")
            #expect(try await library.displaysToRetire() == [])
            let error = await #expect(throws: PhotoLibraryError.self) { _ = try await addDisplay(library) }
            #expect(error?.code == .removed)
        }
    }

    @Test func anUpdateThatChangesNothingIsNoChange() async throws {
        try await withLibrary { (library, _) async throws in
            let display = try await addDisplay(library)
            let same = try await library.updateDisplay("hall") { $0.power = .on }
            #expect(same == display)
        }
    }

    @Test func anUpdateThatFailsChangesNothing() async throws {
        struct Refused: Error {}
        try await withLibrary { (library, _) async throws in
            let display = try await addDisplay(library)
            await #expect(throws: Refused.self) {
                try await library.updateDisplay("hall") { draft in
                    draft.power = .off
                    throw Refused()
                }
            }
            let error = await #expect(throws: PhotoLibraryError.self) {
                try await library.updateDisplay("hall") { $0.albumID = AlbumID(5) }
            }
            #expect(error?.code == .notFound)
            #expect(try await library.display("hall") == display)
        }
    }

    @Test func changesMadeAtOnceAreAllKept() async throws {
        try await withLibrary { (library, _) async throws in
            let display = try await addDisplay(library)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<20 {
                    group.addTask {
                        _ = try await library.updateDisplay("hall") { $0.settings += "\(number);" }
                    }
                }
                try await group.waitForAll()
            }
            let after = try #require(try await library.display("hall"))
            #expect(after.generation == display.generation + 20)
            #expect(after.settings.split(separator: ";").count == 20)
        }
    }
}
