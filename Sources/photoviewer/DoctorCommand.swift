import ArgumentParser
import CommandLineSupport
import Foundation
import Logging
import PhotoViewer
import Screen

struct DoctorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Look at everything this display needs and say how to mend it.",
        discussion: """
            Looks at clock, storage, network, screen, server, admission, etcd and cached photos, and changes nothing. \
            Give it the options that the display runs with. Ends with status 1 when something keeps photos from showing.
            """)

    @Option(help: "The photo server's address, such as http://photos.local:8080.")
    var server: String?

    @Option(help: ArgumentHelp("Where this display keeps its identity and photos.", valueName: "dir"))
    var data: String?

    @Option(help: ArgumentHelp("A YAML file with these settings.", valueName: "file"))
    var config: String?

    @Flag(help: "Print JSON.")
    var json = false

    func run() throws {
        let outcome = RenderActor.serve { await Result { try await self.examine() } }
        guard let findings = try outcome?.get() else { return }
        print(self.json ? try Self.json(findings) : findings.map(Self.line).joined(separator: "\n"))
        if findings.contains(where: { $0.verdict == .failure }) { throw ExitCode.failure }
    }

    private func examine() async throws -> [Finding] {
        let settings = try await LayeredSettings(
            program: "photoviewer", flags: ["server": self.server, "data": self.data], file: self.config)
        try LoggingSetup.start(level: "critical")
        let (server, data) = (settings.string("server"), try settings.required("data"))
        do throws(ViewerError) {
            let folder = try ViewerFolder(data, logger: Logger(label: "doctor"))
            let service = try HTTPPhotoService(server: server)
            let doctor = Doctor(
                folder: folder, service: service, server: server, cacheLimitBytes: .max,
                checkPhoto: { path throws(StageError) in _ = try JPEGFile.decodeSmall(path) },
                logger: Logger(label: "doctor"))
            let findings = await doctor.findings()
            await service.shutdown()
            return findings
        } catch {
            throw CommandFailure(.cannotCreate, error.message)
        }
    }

    private static func line(_ finding: Finding) -> String {
        let mark =
            switch finding.verdict {
            case .ok: "ok     "
            case .warning: "warning"
            case .failure: "FAILURE"
            }
        let remedy = finding.remedy.map { "\n                   \($0)" } ?? ""
        return "\(mark)  \(finding.area.padding(toLength: 9, withPad: " ", startingAt: 0)) \(finding.text)\(remedy)"
    }

    private static func json(_ findings: [Finding]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(findings), as: UTF8.self)
    }
}
