// swift-tools-version: 6.2
import PackageDescription

// A package of its own: it measures whole processes from outside and links nothing of what it measures.
let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    targets: [
        .executableTarget(
            name: "click-to-pixels",
            swiftSettings: [
                .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"), .treatAllWarnings(as: .error),
            ])
    ]
)
