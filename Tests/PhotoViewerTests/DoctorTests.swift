import DisplayChannel
import Foundation
import Logging
import TestSupport
import Testing

@testable import PhotoViewer

@Suite(.timeLimit(.minutes(1)))
struct DoctorTests {
    /// What the doctor finds in `folder`, by area, with nobody at the server's or etcd's address.
    private static func findings(in folder: ViewerFolder) async throws -> [String: Finding] {
        let address = "http://127.0.0.1:\(try FreePort.next())"
        let service = try HTTPPhotoService(server: address)
        let doctor = Doctor(
            folder: folder, service: service, server: address, cacheLimitBytes: .max, checkPhoto: FakeStage.check,
            logger: Logger(label: "test"))
        let findings = await doctor.findings()
        await service.shutdown()
        return Dictionary(uniqueKeysWithValues: findings.map { ($0.area, $0) })
    }

    /// SHA-256 of `photo a`.
    private static let digestOfA = "b236e74d49a5152abeec27d7e176a2e7976aec064f3389ef0b4a69ed1cfc5378"

    @Test func whatIsWrongIsNamedWithItsRemedy() async throws {
        try await withTemporaryFolder { path in
            let folder = try ViewerFolder(path, logger: Logger(label: "test"))
            let endpoint = "http://127.0.0.1:\(try FreePort.next())"
            let display = try #require(DisplayID("hall"))
            try folder.write(
                Credentials(token: "t", etcd: .init(endpoints: [endpoint]), display: .init(id: display)),
                to: folder.credentialsFile)
            let kept = "\(path)/photos/\(PhotoFile.name(key: "a", digest: Self.digestOfA))"
            try Data("photo a".utf8).write(to: URL(filePath: kept))
            // Not what its name says.
            let rotten = "\(path)/photos/\(PhotoFile.name(key: "b", digest: Self.digestOfA))"
            try Data("photo b".utf8).write(to: URL(filePath: rotten))
            try Data("half".utf8).write(to: URL(filePath: "\(path)/photos/c.part"))
            let findings = try await Self.findings(in: folder)
            #expect(findings["server"]?.verdict == .failure)
            #expect(findings["etcd"]?.verdict == .failure)
            #expect(findings["etcd"]?.text.contains(endpoint) == true)
            #expect(findings["admission"]?.verdict == .ok)
            #expect(findings["storage"]?.verdict == .ok)
            #expect(findings["cache"]?.text.contains("1 of them damaged") == true)
            for finding in findings.values where finding.verdict == .failure {
                #expect(finding.remedy?.isEmpty == false, "\(finding.area)")
            }
            #expect(!FileManager.default.fileExists(atPath: "\(path)/.doctor"))
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: "\(path)/photos").count == 3, "it changes nothing")
        }
    }

    @Test func aFolderThatIsNoFolderAnyMoreIsAFailure() async throws {
        try await withTemporaryFolder { path in
            let folder = try ViewerFolder("\(path)/data", logger: Logger(label: "test"))
            try FileManager.default.removeItem(atPath: folder.path)
            try Data().write(to: URL(filePath: folder.path))
            let findings = try await Self.findings(in: folder)
            #expect(findings["storage"]?.verdict == .failure)
            #expect(findings["admission"]?.verdict == .warning)
            #expect(findings["etcd"] == nil)
        }
    }

    @Test func aScreenIsADesktopOrACard() {
        #expect(MachineChecks.screen(environment: ["DISPLAY": ":7"]).text == "a desktop at :7")
        // Whatever this machine has: either it can be used, or it is said how.
        let bare = MachineChecks.screen(environment: [:])
        #expect((bare.verdict == .ok) == (bare.remedy == nil))
    }
}
