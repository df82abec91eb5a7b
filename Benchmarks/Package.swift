// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that nobody who uses Vitrine builds it. It measures whole processes from outside; from the
// project it links no more than the client that any program may use. Built as the root package it also builds the
// programs it measures (`--product vitrine-store`), so that one release build serves all.
let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "vitrine", path: "..")
    ],
    targets: [
        .systemLibrary(name: "CBareGL", pkgConfig: "sdl2 glesv2", providers: [.apt(["libsdl2-dev", "libgles-dev"])]),
        .systemLibrary(name: "CEpoll"),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .target(name: "BenchmarkSupport"),
        .executableTarget(name: "bare-crossfade", dependencies: ["CBareGL"]),
        .executableTarget(
            name: "client-vs-peers",
            dependencies: ["BenchmarkSupport", .product(name: "EtcdClient", package: "vitrine")]),
        .executableTarget(name: "click-to-pixels", dependencies: ["BenchmarkSupport"]),
        .executableTarget(name: "library-vs-peers", dependencies: ["BenchmarkSupport", "CSQLite"]),
        .executableTarget(name: "log-vs-sqlite", dependencies: ["BenchmarkSupport", "CSQLite"]),
        .executableTarget(
            name: "the-wall",
            dependencies: ["BenchmarkSupport", .product(name: "EtcdClient", package: "vitrine")]),
        .executableTarget(name: "store-vs-etcd", dependencies: ["BenchmarkSupport", "CEpoll"]),
        .executableTarget(name: "viewer-vs-kiosk", dependencies: ["BenchmarkSupport"]),
    ]
)

for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .treatAllWarnings(as: .error),
    ]
}
