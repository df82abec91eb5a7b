import Foundation
import TestSupport
import Testing

/// Many who would use the client work on other systems than Linux, and without the photo system.
@Suite struct ImportTests {
    /// What the client and what it rests on may import anywhere: of ours, of Swift, and of packages that build on all
    /// systems.
    private static let portable: Set<String> = [
        "EtcdClient", "EtcdTransport", "EtcdWire", "Crypto", "Foundation", "Logging", "Metrics", "NIOCore",
        "NIOConcurrencyHelpers", "NIOHPACK", "NIOHTTP1", "NIOHTTP2", "NIOPosix", "NIOSSL", "NIOTLS", "ServiceLifecycle",
        "SwiftProtobuf", "Synchronization", "Tracing",
    ]

    @Test(arguments: ["EtcdClient", "EtcdTransport", "EtcdWire"])
    func `the client imports nothing that only one system has, and nothing of the photo system`(
        target: String
    ) throws {
        let folder = "\(PackageFolder.path)/Sources/\(target)"
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder).filter { $0.hasSuffix(".swift") }
        #expect(!files.isEmpty)
        for file in files {
            let source = try String(contentsOfFile: "\(folder)/\(file)", encoding: .utf8)
            for violation in Self.violations(in: source) { Issue.record("\(target)/\(file): \(violation)") }
        }
    }

    @Test(arguments: [
        ("import Foundation\npackage import NIOCore\n", 0),
        ("import Glibc\n", 1),
        ("import PhotoLibrary\n", 1),
        ("@preconcurrency public import struct Glibc.stat\n", 1),
        (
            "#if canImport(Glibc)\n    import Glibc\n#elseif canImport(Musl)\n    import Musl\n#else\n    import Darwin\n#endif\n",
            0
        ),
        ("#if canImport(Glibc)\n    import Musl\n#endif\n", 1),
        ("#if os(Linux)\n    import Glibc\n#endif\n", 1),
        ("#if canImport(Glibc)\nimport Glibc\n#endif\nimport Glibc\n", 1),
        ("let size = Glibc.write(1, bytes, 2)\n", 1),
        ("#if canImport(Glibc)\n    let size = Glibc.write(1, bytes, 2)\n#endif\n", 0),
        ("// Glibc.write would do\n", 0),
    ])
    func `what is not portable is found`(source: String, count: Int) {
        #expect(Self.violations(in: source).count == count)
    }

    /// The lines that only one system, or only this project's programs, could compile.
    private static func violations(in source: String) -> [String] {
        var found: [String] = []
        /// For each `#if` around a line: the module that is known to be there, or `nil` in an `#else` after such questions.
        var branches: [Branch] = []
        for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
            let text = line.trimmingCharacters(in: .whitespaces)
            if text.hasPrefix("#if") {
                branches.append(Branch(condition: text))
            } else if text.hasPrefix("#elseif") {
                _ = branches.popLast()
                branches.append(Branch(condition: text))
            } else if text.hasPrefix("#else"), let last = branches.popLast() {
                branches.append(Branch(elseOf: last))
            } else if text.hasPrefix("#endif") {
                _ = branches.popLast()
            } else if !text.hasPrefix("//") {
                for module in Self.systemModules(in: text) where !branches.contains(where: { $0.allows(module) }) {
                    found.append(text)
                }
            }
        }
        return found
    }

    private static func systemModules(in line: String) -> [String] {
        if let match = line.firstMatch(
            of:
                /^(?:@\w+ )*(?:public |package |internal |private )?import (?:struct |class |enum |func |protocol )?(\w+)/
        ) {
            return Self.portable.contains(String(match.1)) ? [] : [String(match.1)]
        }
        return line.matches(of: /\b(Glibc|Musl|Darwin|Linux)\./).map { String($0.1) }
    }

    private struct Branch {
        /// The module asked for by `canImport`.
        let module: String?
        /// In an `#else` after a question for another system's module: that of the systems left.
        let isElse: Bool

        init(condition: String) {
            self.module = condition.firstMatch(of: /canImport\((\w+)\)/).map { String($0.1) }
            self.isElse = false
        }

        init(elseOf branch: Branch) {
            self.module = branch.module
            self.isElse = true
        }

        func allows(_ module: String) -> Bool {
            self.isElse ? self.module != nil && self.module != module : self.module == module
        }
    }
}
