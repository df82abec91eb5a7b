// swift-tools-version: 6.2
import PackageDescription

let nio = "swift-nio"
let http2 = "swift-nio-http2"
let ssl = "swift-nio-ssl"

let package = Package(
    name: "vitrine",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "EtcdClient", targets: ["EtcdClient"]),
        .library(name: "EtcdServer", targets: ["EtcdServer"]),
        .executable(name: "vitrine-store", targets: ["StoreProgram"]),
        .executable(name: "photoctl", targets: ["photoctl"]),
        .executable(name: "photoserver", targets: ["photoserver"]),
        .executable(name: "photoviewer", targets: ["photoviewer"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.2")),
        .package(
            url: "https://github.com/apple/swift-configuration", .upToNextMinor(from: "1.4.0"),
            traits: [.defaults, "YAML"]),
        .package(url: "https://github.com/apple/swift-crypto", .upToNextMinor(from: "4.5.2")),
        .package(url: "https://github.com/apple/swift-asn1", .upToNextMinor(from: "1.7.4")),
        .package(url: "https://github.com/apple/swift-certificates", .upToNextMinor(from: "1.21.1")),
        .package(url: "https://github.com/apple/swift-distributed-tracing", .upToNextMinor(from: "1.7.3")),
        .package(url: "https://github.com/apple/swift-http-types", .upToNextMinor(from: "1.8.0")),
        .package(url: "https://github.com/apple/swift-log", .upToNextMinor(from: "1.16.2")),
        .package(url: "https://github.com/apple/swift-metrics", .upToNextMinor(from: "2.13.0")),
        .package(url: "https://github.com/apple/swift-nio", .upToNextMinor(from: "2.101.2")),
        .package(url: "https://github.com/apple/swift-nio-http2", .upToNextMinor(from: "1.46.0")),
        .package(url: "https://github.com/apple/swift-nio-ssl", .upToNextMinor(from: "2.37.6")),
        .package(url: "https://github.com/apple/swift-protobuf", .upToNextMinor(from: "1.39.0")),
        .package(url: "https://github.com/groue/GRDB.swift", .upToNextMinor(from: "7.10.0")),
        .package(url: "https://github.com/hummingbird-project/hummingbird", .upToNextMinor(from: "2.28.1")),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", .upToNextMinor(from: "2.1.1")),
        .package(url: "https://github.com/swift-server/async-http-client", .upToNextMinor(from: "1.37.0")),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", .upToNextMinor(from: "2.13.0")),
    ],
    targets: [
        // The etcd half: usable without anything below it.
        .target(
            name: "EtcdWire",
            dependencies: [.product(name: "SwiftProtobuf", package: "swift-protobuf")]),
        .target(
            name: "EtcdTransport",
            dependencies: [
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "NIOHPACK", package: http2),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "NIOSSL", package: ssl),
                .product(name: "SwiftProtobuf", package: "swift-protobuf"),
            ]),
        .target(
            name: "EtcdClient",
            dependencies: [
                "EtcdTransport", "EtcdWire",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Metrics", package: "swift-metrics"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "Tracing", package: "swift-distributed-tracing"),
            ]),
        .target(name: "EtcdStore"),
        .target(
            name: "EtcdStorage",
            dependencies: ["EtcdStore", "CSys", .product(name: "Logging", package: "swift-log")]),
        .target(
            name: "EtcdServer",
            dependencies: [
                "EtcdStorage", "EtcdStore", "EtcdTransport", "EtcdWire",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "NIOSSL", package: ssl),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "SwiftASN1", package: "swift-asn1"),
                .product(name: "X509", package: "swift-certificates"),
            ]),

        // Moving what a store holds: to and from files and other stores.
        .target(
            name: "StoreTransfer",
            dependencies: ["EtcdClient", .product(name: "Crypto", package: "swift-crypto")]),

        // What server and display say to each other.
        .target(
            name: "DisplayChannel",
            dependencies: ["EtcdClient", "Planning", .product(name: "Logging", package: "swift-log")]),

        // The server's API for programs of people: `photoctl`, and scripts in Swift.
        .target(
            name: "PhotoAPI",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOFoundationCompat", package: nio),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "NIOPosix", package: nio),
                .product(name: "NIOSSL", package: ssl),
            ]),

        // The server's half.
        .systemLibrary(name: "CVips", pkgConfig: "vips", providers: [.apt(["libvips-dev"])]),
        .target(name: "CVipsShim", dependencies: ["CVips"]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "Renditions",
            dependencies: ["CVipsShim", "CSys", .product(name: "Crypto", package: "swift-crypto")]),
        .target(name: "DemoPhotos", dependencies: ["Renditions"]),
        .target(
            name: "PhotoLibrary",
            dependencies: [
                "CZlib", "Planning", "Renditions",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "PhotoServer",
            dependencies: [
                "DisplayChannel", "EtcdClient", "EtcdServer", "PhotoLibrary", "Planning", "Renditions",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "CryptoExtras", package: "swift-crypto"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HummingbirdTLS", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Mustache", package: "swift-mustache"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "NIOSSL", package: ssl),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ],
            resources: [.embedInCode("Resources")]),

        // The display's half.
        .systemLibrary(name: "CSDL2", pkgConfig: "sdl2", providers: [.apt(["libsdl2-dev"])]),
        .systemLibrary(name: "CSDL2TTF", pkgConfig: "SDL2_ttf", providers: [.apt(["libsdl2-ttf-dev"])]),
        .systemLibrary(name: "CGLES", pkgConfig: "glesv2", providers: [.apt(["libgles-dev"])]),
        .systemLibrary(name: "CTurboJPEG", pkgConfig: "libturbojpeg", providers: [.apt(["libturbojpeg0-dev"])]),
        .systemLibrary(name: "CQREncode", pkgConfig: "libqrencode", providers: [.apt(["libqrencode-dev"])]),
        .systemLibrary(name: "CDRM", pkgConfig: "libdrm", providers: [.apt(["libdrm-dev"])]),
        .target(name: "CDRMShim", dependencies: ["CDRM", "CSDL2"]),
        .target(name: "CSys"),
        .target(name: "Slideshow"),
        .target(name: "Planning"),
        .target(
            name: "PhotoViewer",
            dependencies: [
                "CSys", "DisplayChannel", "EtcdClient", "Planning", "Slideshow",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOFoundationCompat", package: nio),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        .target(
            name: "Screen",
            dependencies: [
                "CDRMShim", "CGLES", "CQREncode", "CSDL2", "CSDL2TTF", "CSys", "CTurboJPEG", "PhotoViewer", "Slideshow",
                .product(name: "Logging", package: "swift-log"),
            ]),

        // Command lines: composition and nothing else.
        .target(
            name: "CommandLineSupport",
            dependencies: [
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Configuration", package: "swift-configuration"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .target(
            name: "StoreCommandLine",
            dependencies: [
                "CSys", "CommandLineSupport", "EtcdServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "StoreProgram",
            dependencies: [
                "CommandLineSupport", "StoreCommandLine",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(
            name: "photoctl",
            dependencies: [
                "CommandLineSupport", "EtcdClient", "EtcdServer", "PhotoAPI", "StoreTransfer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
            ]),
        .executableTarget(
            name: "photoserver",
            dependencies: [
                "CommandLineSupport", "DemoPhotos", "EtcdServer", "PhotoLibrary", "PhotoServer", "Renditions",
                "StoreCommandLine",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
                .product(name: "UnixSignals", package: "swift-service-lifecycle"),
            ]),
        .executableTarget(
            name: "photoviewer",
            dependencies: [
                "CommandLineSupport", "PhotoViewer", "Screen",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),

        // Tests talk to real parts: etcd, Chromium, SDL, processes.
        .target(
            name: "TestSupport",
            dependencies: [
                "CSys", "CTurboJPEG", "CVipsShim", "EtcdClient",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOFoundationCompat", package: nio),
                .product(name: "NIOHTTP1", package: nio),
                .product(name: "NIOPosix", package: nio),
            ],
            path: "Tests/TestSupport"),
        .testTarget(
            name: "EtcdTransportTests",
            dependencies: [
                "EtcdTransport", "EtcdWire", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOHPACK", package: http2),
                .product(name: "NIOHTTP2", package: http2),
                .product(name: "NIOPosix", package: nio),
            ]),
        .testTarget(
            name: "EtcdClientTests",
            dependencies: [
                "EtcdClient", "EtcdServer", "EtcdTransport", "EtcdWire", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "InMemoryTracing", package: "swift-distributed-tracing"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "MetricsTestKit", package: "swift-metrics"),
                .product(name: "NIOCore", package: nio),
            ]),
        .testTarget(name: "EtcdStoreTests", dependencies: ["EtcdStorage", "EtcdStore", "TestSupport"]),
        .testTarget(
            name: "EtcdServerTests",
            dependencies: [
                "EtcdClient", "EtcdServer", "EtcdStorage", "EtcdStore", "EtcdTransport", "EtcdWire", "TestSupport",
            ]),
        .testTarget(
            name: "StoreTransferTests",
            dependencies: [
                "EtcdClient", "EtcdServer", "StoreTransfer", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "DisplayChannelTests",
            dependencies: [
                "DisplayChannel", "EtcdClient", "EtcdServer", "Planning", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ]),
        .testTarget(name: "RenditionsTests", dependencies: ["DemoPhotos", "Renditions", "TestSupport"]),
        .testTarget(
            name: "PhotoLibraryTests",
            dependencies: [
                "PhotoLibrary", "Planning", "Renditions", "TestSupport",
                .product(name: "GRDB", package: "GRDB.swift"), .product(name: "Logging", package: "swift-log"),
            ]),
        .testTarget(
            name: "PhotoServerTests",
            dependencies: [
                "DisplayChannel", "PhotoServer", "Slideshow", "TestSupport",
                .product(name: "HummingbirdTesting", package: "hummingbird"),
            ], exclude: ["Contract/schemathesis.toml"]),
        .testTarget(name: "SlideshowTests", dependencies: ["Slideshow"]),
        .testTarget(name: "PlanningTests", dependencies: ["Planning", "TestSupport"]),
        .testTarget(
            name: "PhotoViewerTests",
            dependencies: [
                "DisplayChannel", "EtcdClient", "PhotoViewer", "Planning", "Slideshow", "TestSupport",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: nio),
                .product(name: "NIOPosix", package: nio),
            ]),
        .testTarget(
            name: "ScreenTests",
            dependencies: ["CSDL2", "CSys", "PhotoViewer", "Screen", "TestSupport"]),
        .testTarget(name: "CommandLineSupportTests", dependencies: ["CommandLineSupport"]),
        .testTarget(
            name: "PhotoctlTests",
            dependencies: ["PhotoAPI", "TestSupport", .product(name: "NIOHTTP1", package: nio)]),
        .testTarget(
            name: "EndToEndTests",
            dependencies: [
                "EtcdClient", "TestSupport", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "NIOCore", package: nio), .product(name: "NIOFoundationCompat", package: nio),
                .product(name: "NIOHTTP1", package: nio), .product(name: "NIOPosix", package: nio),
            ]),
    ]
)

// One place for language settings, so that no target can quietly opt out.
for target in package.targets where target.type != .system {
    target.swiftSettings = [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .treatAllWarnings(as: .error),
    ]
}
