import ArgumentParser
import Foundation
import Renditions

/// `photoserver worker`: one decoding job from stdin, in a process that may die of it.
struct WorkerCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Decode one photo (started by the server itself).", shouldDisplay: false)

    func run() { Foundation.exit(RenditionWorker.main()) }
}
