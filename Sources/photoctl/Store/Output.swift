import ArgumentParser
import CommandLineSupport
import EtcdClient
import Foundation
import StoreTransfer
import Synchronization

/// How a command says what it did.
struct OutputOptions: ParsableArguments {
    @Flag(help: "Print the outcome as JSON.")
    var json = false

    /// Prints `report` as JSON, or `text`.
    func print(_ report: some Encodable, or text: @autoclosure () -> String) throws {
        guard self.json else { return Announcement.line(text()) }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        Announcement.line(String(decoding: try encoder.encode(report), as: UTF8.self))
    }
}

/// How patient a transfer is with a store that goes away.
struct PatienceOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp("How long a store may be away before the transfer gives up.", valueName: "seconds"))
    var patience: Int = 60

    func validate() throws {
        guard self.patience >= 0 else { throw ValidationError("--patience must not be negative") }
    }

    var value: Patience {
        Patience(.seconds(self.patience)) { error in
            StatusLine.note("waiting for the store: \(error.message)")
        }
    }
}

/// Tells on stderr how far a transfer is, every two seconds.
enum StatusLine {
    static func note(_ text: String) { FileHandle.standardError.write(Data("photoctl: \(text)\n".utf8)) }

    static func observer() -> TransferProgress.Observer {
        let last = Mutex(ContinuousClock.now)
        return { progress in
            let isDue = last.withLock { last in
                guard last.duration(to: .now) > .seconds(2) else { return false }
                last = .now
                return true
            }
            let total = progress.total.map { " of \($0)" } ?? ""
            if isDue { self.note("\(progress.phase.rawValue): \(progress.keys)\(total) keys") }
        }
    }
}
