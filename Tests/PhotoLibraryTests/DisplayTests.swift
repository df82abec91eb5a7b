import Foundation
import PhotoLibrary
import Renditions
import TestSupport
import Testing

struct DisplayTests {
    @Test func aDisplayThatIsLetInAgainIsTheSameDisplay() async throws {
        try await withLibrary { (library, _) async throws in
            let first = try await library.admitDisplay(Self.display())
            #expect(first.name == "Hall" && first.needsPublishing)
            let again = try await library.admitDisplay(Self.display(name: "Other", width: 1280, height: 720))
            #expect(again.name == "Hall" && again.width == 1280)
            #expect(try await library.displaysToPublish().map(\.id) == ["hall"])
            let rejoined = try await library.rejoinDisplay("hall", secretHash: "s", width: 640, height: 360)
            #expect(rejoined?.width == 640)
            #expect(try await library.rejoinDisplay("attic", secretHash: "s", width: 640, height: 360) == nil)
        }
    }

    @Test func whoKnowsOnlyTheIdIsNotTheDisplay() async throws {
        try await withLibrary { (library, _) async throws in
            _ = try await library.admitDisplay(Self.display())
            var error = await #expect(throws: PhotoLibraryError.self) {
                try await library.admitDisplay(Self.display(secretHash: "t"))
            }
            #expect(error?.code == .forbidden)
            error = await #expect(throws: PhotoLibraryError.self) {
                _ = try await library.rejoinDisplay("hall", secretHash: "t", width: 10, height: 10)
            }
            #expect(error?.code == .forbidden)
        }
    }

    @Test(arguments: ["", "Hall", "a:b", "a/b", "ä", "a b", String(repeating: "a", count: 65)])
    func anIdThatCouldReachOtherKeysIsRefused(id: String) async throws {
        try await withLibrary { (library, _) async throws in
            let error = await #expect(throws: PhotoLibraryError.self) {
                try await library.admitDisplay(Self.display(id: id))
            }
            #expect(error?.code == .invalidName)
        }
    }

    @Test func aDisplayThatTakesAnothersPlaceInheritsEverythingAndTheOtherIsGone() async throws {
        try await withLibrary { (library, _) async throws in
            let album = try await library.createAlbum(named: "Sea").id
            _ = try await library.admitDisplay(Self.display())
            try await library.setDisplayToken("hall", tokenHash: "t")
            let old = try await library.updateDisplay("hall") { draft in
                draft.albumID = album
                draft.settings = #"{"order":"as_listed"}"#
                draft.rotation = .quarter
                draft.power = .off
            }
            _ = try #require(try await library.publication(for: "hall"))
            let new = try await library.admitDisplay(
                Self.display(id: "hall-2", name: "New", secretHash: "u", width: 1280, height: 720), replacing: "hall")
            #expect(new.name == "Hall" && new.albumID == album && new.settings == old.settings)
            #expect(new.rotation == .quarter && new.power == .off && new.width == 1280 && new.tokenHash == nil)
            #expect(new.needsPublishing && new.lastSeenAt == nil && new.secretHash == "u")
            #expect(try await library.displays().map(\.id) == ["hall-2"])
            #expect(try await library.displaysToRetire() == ["hall"])
            #expect(try await library.display(tokenHash: "t") == nil)
            #expect(try await library.publication(for: "hall") == nil)
            #expect(try await library.publication(for: "hall-2") != nil)
            let error = await #expect(throws: PhotoLibraryError.self) {
                try await library.admitDisplay(Self.display())
            }
            #expect(error?.code == .removed)
        }
    }

    @Test func aPlaceThatNobodyHasCannotBeTaken() async throws {
        try await withLibrary { (library, _) async throws in
            let error = await #expect(throws: PhotoLibraryError.self) {
                try await library.admitDisplay(Self.display(), replacing: "attic")
            }
            #expect(error?.code == .notFound)
            #expect(try await library.displays().isEmpty)
        }
    }

    private static func display(
        id: String = "hall", name: String = "Hall", secretHash: String = "s", width: Int = 1920, height: Int = 1080
    ) -> NewDisplay {
        NewDisplay(id: id, name: name, secretHash: secretHash, width: width, height: height)
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
