import Crypto
import EtcdClient
import Foundation

/// Writes an export, and goes on with one that was interrupted.
final class ExportWriter {
    /// How much may be lost by a power cut.
    private static let syncBytes = 8 << 20

    let header: ExportLine.Header
    /// The last key that is in the file; the next is the one after it.
    private(set) var position: Key?
    private(set) var keys = 0
    private(set) var leases = 0
    private(set) var keysOnLeases = 0
    private let file: PartialFile
    private var hash = SHA256()
    private var unwritten = Data()
    private var unsynced = 0
    private var leasesWritten: Set<Int64> = []
    private let encoder: JSONEncoder

    /// Begins anew.
    init(_ file: PartialFile, header: ExportLine.Header) throws {
        self.file = file
        self.header = header
        self.encoder = JSONEncoder()
        self.encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        try self.file.truncate(to: 0)
        try self.write(ExportLine(header: header))
        try self.flush()
    }

    /// Goes on with what an earlier process has left, up to its last whole line; `nil` if there is nothing to go on with.
    init?(resuming file: PartialFile) throws {
        let content = try Data(contentsOf: URL(fileURLWithPath: file.partialPath), options: .mappedIfSafe)
        let decoder = JSONDecoder()
        var rest = content[...]
        func nextLine() -> (line: Data, content: ExportLine)? {
            guard let newline = rest.firstIndex(of: UInt8(ascii: "\n")),
                let content = try? decoder.decode(ExportLine.self, from: rest[..<newline])
            else { return nil }
            defer { rest = rest[(newline + 1)...] }
            return (rest[...newline], content)
        }
        guard let (line, first) = nextLine(), let header = first.header else { return nil }
        self.file = file
        self.header = header
        self.encoder = JSONEncoder()
        self.encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        self.hash.update(data: line)
        var size = line.count
        while let (line, content) = nextLine(), content.end == nil {
            if let lease = content.lease {
                self.leasesWritten.insert(lease.id)
                self.leases += 1
            } else if let key = content.key?.keyValue, self.position.map({ $0 < key.key }) ?? true {
                self.position = key.key
                self.keys += 1
                if key.lease != nil { self.keysOnLeases += 1 }
            } else {
                break
            }
            self.hash.update(data: line)
            size += line.count
        }
        try self.file.truncate(to: size)
    }

    func append(_ page: KeyPage) throws {
        for (lease, term) in page.leases.sorted(by: { $0.key.rawValue < $1.key.rawValue })
        where self.leasesWritten.insert(lease.rawValue).inserted {
            try self.write(
                ExportLine(lease: .init(id: lease.rawValue, ttl: term.granted.map { $0.components.seconds })))
            self.leases += 1
        }
        for keyValue in page.keyValues {
            try self.write(ExportLine(key: .init(keyValue)))
            self.keys += 1
            self.position = keyValue.key
            if keyValue.lease != nil { self.keysOnLeases += 1 }
        }
        try self.flush()
        if self.unsynced >= Self.syncBytes {
            try self.file.sync()
            self.unsynced = 0
        }
    }

    /// Writes the end, and gives the file its name. Returns the checksum.
    func finish() throws -> String {
        let digest = self.hash.finalize().map { String(format: "%02x", $0) }.joined()
        try self.write(ExportLine(end: .init(count: self.keys, sha256: digest)))
        try self.flush()
        try self.file.finish()
        return digest
    }

    private func write(_ line: ExportLine) throws {
        var data = try self.encoder.encode(line)
        data.append(UInt8(ascii: "\n"))
        self.hash.update(data: data)
        self.unwritten.append(data)
    }

    private func flush() throws {
        try self.file.write(self.unwritten)
        self.unsynced += self.unwritten.count
        self.unwritten = Data()
    }
}
