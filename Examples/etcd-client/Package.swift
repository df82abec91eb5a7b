// swift-tools-version: 6.2
import PackageDescription

// A program that uses the etcd client and nothing else of this package.
let package = Package(
    name: "etcd-client-example",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "vitrine", path: "../..")],
    targets: [
        .executableTarget(
            name: "etcd-tour",
            dependencies: [.product(name: "EtcdClient", package: "vitrine")],
            swiftSettings: [
                .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"), .treatAllWarnings(as: .error),
            ])
    ]
)
