import ArgumentParser
import Foundation
import Renditions

/// `photoserver worker`: one decoding job from stdin, in a process that may die of it; with `--seed`, many of them.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Decode one photo (started by the server itself).", shouldDisplay: false)

    @Flag(help: ArgumentHelp("Fork a process for each job instead.", visibility: .hidden))
    var seed = false

    func run() { Foundation.exit(self.seed ? RenditionWorker.seed() : RenditionWorker.main()) }
}
