import EtcdClient
import Foundation
import TestSupport
import Testing

@testable import StoreTransfer

@Suite struct ExportFileTests {
    @Test func `a file cut anywhere, or with any byte changed, is refused`() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/keys"
            try Self.write(path, keys: 2)
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            #expect(try Self.read(path).count == 2)
            for size in 0..<whole.count - 1 {
                try whole.prefix(size).write(to: URL(fileURLWithPath: path))
                #expect(throws: TransferError.self, "cut to \(size) bytes") { try Self.read(path) }
            }
            for position in stride(from: 0, to: whole.count - 1, by: 3) {
                var changed = whole
                changed[position] ^= 1
                try changed.write(to: URL(fileURLWithPath: path))
                #expect(throws: TransferError.self, "byte \(position) changed") { try Self.read(path) }
            }
        }
    }

    @Test func `an unfinished file, torn at any byte, is gone on with after its last whole line`() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/keys"
            try Self.write(path, keys: 2)
            let whole = try Data(contentsOf: URL(fileURLWithPath: path))
            try FileManager.default.removeItem(atPath: path)
            for size in 0..<whole.count {
                // What a power cut may leave at the end of a file: a part of it, and zeros.
                try (whole.prefix(size) + Data(count: size % 3)).write(to: URL(fileURLWithPath: "\(path).partial"))
                do {
                    let file = try PartialFile(path)
                    let writer = try ExportWriter(resuming: file) ?? ExportWriter(file, header: Self.header(2))
                    for number in writer.keys..<2 {
                        #expect(writer.position == (number == 0 ? nil : Self.key(number - 1).key))
                        try writer.append(KeyPage(keyValues: [Self.key(number)]))
                    }
                    _ = try writer.finish()
                }
                #expect(try Self.read(path) == (0..<2).map { Self.key($0) }, "torn after \(size) bytes")
                #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == whole)
                try FileManager.default.removeItem(atPath: path)
            }
        }
    }

    @Test func `a file that is there is not written over`() async throws {
        try await withTemporaryFolder { folder in
            let path = "\(folder)/keys"
            try "mine".write(toFile: path, atomically: true, encoding: .utf8)
            await expectTransferError(.exists) { _ = try PartialFile(path) }
            #expect(try String(contentsOfFile: path, encoding: .utf8) == "mine")
        }
    }

    @Test func `two exports at a time do not write one file`() async throws {
        try await withTemporaryFolder { folder in
            let first = try PartialFile("\(folder)/keys")
            await expectTransferError(.inUse) { _ = try PartialFile("\(folder)/keys") }
            withExtendedLifetime(first) {}
        }
    }

    private static func header(_ count: Int) -> ExportLine.Header {
        ExportLine.Header(cluster: "c0ffee", revision: 42, prefix: Data(), count: Int64(count))
    }

    private static func key(_ number: Int) -> KeyValue {
        KeyValue(
            key: Key([UInt8(number), 0xff]), value: Value([UInt8](repeating: 0x0a, count: number)),
            createRevision: Revision(2), modRevision: Revision(Int64(number + 2)), version: 3)
    }

    private static func write(_ path: String, keys: Int) throws {
        let writer = try ExportWriter(PartialFile(path), header: Self.header(keys))
        for number in 0..<keys { try writer.append(KeyPage(keyValues: [Self.key(number)])) }
        _ = try writer.finish()
    }

    private static func read(_ path: String) throws -> [KeyValue] {
        var reader = try ExportReader(path)
        var keyValues: [KeyValue] = []
        while let page = try reader.nextPage() { keyValues += page.keyValues }
        return keyValues
    }
}
