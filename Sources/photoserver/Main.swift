import Glibc
import Renditions

@main
struct Main {
    static func main() {
        if CommandLine.arguments.dropFirst().first == "worker" { exit(RenditionWorker.main()) }
    }
}
