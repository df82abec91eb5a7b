import ArgumentParser
import CommandLineSupport
import StoreCommandLine

/// `vitrine-store`: the store without the photo system, for those who only need an etcd on one machine.
@main
enum StoreProgram {
    static func main() async {
        do {
            let command = try StoreCommand.parse()
            try await command.run()
        } catch {
            StoreCommand.finish(after: error, program: "vitrine-store")
        }
    }
}
