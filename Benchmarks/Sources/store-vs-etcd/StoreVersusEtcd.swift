import BenchmarkSupport
import Foundation

/// The project's store beside etcd: speed, memory, disk. Prints Markdown.
@main
enum StoreVersusEtcd {
    private static let usage = """
        usage: store-vs-etcd STORE ETCD FOLDER [--quick] [--only PART,PART]
          STORE   the program vitrine-store
          ETCD    etcd 3.5
          FOLDER  where both keep their data, on the disk that is to be measured
          --only  of: \(parts.map(\.name).joined(separator: ", "))
        """
    private static let parts: [(name: String, measure: @Sendable (Contest) throws -> [Row])] = [
        ("start", Measurements.start), ("puts", Measurements.puts), ("gets", Measurements.gets),
        ("watch", Measurements.watch), ("crowd", Measurements.crowd), ("fleet", Measurements.fleet),
        ("disk", Measurements.disk),
    ]

    static func main() {
        var arguments = Array(CommandLine.arguments.dropFirst())
        let isQuick = arguments.contains("--quick")
        arguments.removeAll { $0 == "--quick" }
        var names = Set(self.parts.map(\.name))
        if let option = arguments.firstIndex(of: "--only"), option + 1 < arguments.count {
            let chosen = Set(arguments[option + 1].split(separator: ",").map(String.init))
            guard chosen.isSubset(of: names) else { return self.fail(self.usage, code: 64) }
            names = chosen
            arguments.removeSubrange(option...(option + 1))
        }
        guard arguments.count == 3 else { return self.fail(self.usage, code: 64) }
        raiseOpenFileLimit()
        onTermination { ServerProcess.stopAll() }
        let contest = Contest(
            etcd: .etcd(path: arguments[1]), store: .store(path: arguments[0]), folder: arguments[2], isQuick: isQuick)
        do {
            var rows: [Row] = []
            for part in self.parts where names.contains(part.name) {
                note("measuring: \(part.name)")
                let new = try part.measure(contest)
                for row in new { note(row.markdown) }
                rows += new
            }
            print(Row.header)
            for row in rows { print(row.markdown) }
            print("\nWhat limits each:\n")
            for row in rows { print("- **\(row.work)**: \(row.limitedBy)") }
        } catch {
            ServerProcess.stopAll()
            self.fail("store-vs-etcd: \(error)", code: 1)
        }
    }

    private static func fail(_ text: String, code: Int32) {
        note(text)
        exit(code)
    }
}

/// Tells whoever waits how far it is; the table goes to the standard output.
func note(_ text: String) { FileHandle.standardError.write(Data("\(text)\n".utf8)) }
