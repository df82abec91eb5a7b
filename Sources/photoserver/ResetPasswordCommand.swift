import ArgumentParser
import CommandLineSupport
import Foundation
import PhotoLibrary
import PhotoServer

/// `photoserver reset-password`: for somebody who forgot theirs and may use this machine.
struct ResetPasswordCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-password", abstract: "Make a link with which somebody chooses a new password.",
        discussion: """
            The server may be running. The link works once, for an hour. When it is used, that person is signed out \
            everywhere.
            """)

    @OptionGroup var common: CommonOptions

    @Option(help: ArgumentHelp("The server's data folder.", valueName: "dir"))
    var data: String?

    @Option(
        help: ArgumentHelp("The address browsers use. Default: http://127.0.0.1:8080.", valueName: "url"))
    var publicURL: String?

    @Argument(help: "Whose password.")
    var name: String

    func run() async throws {
        let settings = try await self.common.settings(flags: ["data": self.data, "public-url": self.publicURL])
        let token = SecretToken()
        try await explainingLibraryErrors {
            let name = try AccountRecovery.makePasswordLink(
                directory: try settings.required("data"), name: self.name, tokenHash: token.hash,
                expiresAt: Date().addingTimeInterval(Accounts.passwordLinkLifetime))
            let base = settings.string("public-url") ?? "http://127.0.0.1:8080"
            print("For \(name), once, within an hour:")
            print("\(base.hasSuffix("/") ? String(base.dropLast()) : base)/reset?token=\(token.text)")
        }
    }
}
