import Crypto
import EtcdClient
import Foundation

/// Reads an export line by line, and checks it on the way: form, order, number of keys and SHA-256.
struct ExportReader: KeyReader {
    private static let chunkBytes = 1 << 20
    private static let pageKeys = 500
    /// Far above the largest key and value that a store takes, in base64.
    private static let maximumLineBytes = 64 << 20

    let path: String
    let header: ExportLine.Header
    private let file: FileHandle
    private var unread: Data
    private var hash: SHA256
    private var isAtEnd = false
    private var lineNumber = 1
    private var keys = 0
    private var lastKey: Key?
    private let decoder = JSONDecoder()

    init(_ path: String) throws(TransferError) {
        self.path = path
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw TransferError(.file, "cannot open \(path)", remedy: "Give the name of a file made by an export.")
        }
        self.file = file
        self.unread = Data()
        self.hash = SHA256()
        guard let line = try Self.readLine(&self.unread, from: file, path: path),
            let header = (try? JSONDecoder().decode(ExportLine.self, from: line))?.header,
            header.format == ExportLine.format
        else {
            throw TransferError(
                .badFile, "\(path) is not an export", remedy: "Give a file made by `photoctl store export`.")
        }
        guard header.version <= ExportLine.version else {
            throw TransferError(
                .badFile, "\(path) was written by a newer version (format \(header.version))",
                remedy: "Use that version to read it.")
        }
        self.header = header
        self.hash.update(data: line)
        self.hash.update(data: Data([Self.newline]))
    }

    /// The last key that was read.
    var position: Key? { self.lastKey }

    mutating func next() async throws -> KeyPage? { try self.nextPage() }

    mutating func nextPage() throws(TransferError) -> KeyPage? {
        var page = KeyPage(keyValues: [])
        while page.keyValues.count < Self.pageKeys, !self.isAtEnd {
            guard let line = try Self.readLine(&self.unread, from: self.file, path: self.path) else {
                throw TransferError(
                    .badFile, "\(self.path) ends after \(self.keys.keys) of \(self.header.count), before its end",
                    remedy: "It was cut off, or its export is not done. Export again, or copy the file again.")
            }
            try self.read(line, into: &page)
        }
        return page.keyValues.isEmpty ? nil : page
    }

    private mutating func read(_ line: Data, into page: inout KeyPage) throws(TransferError) {
        self.lineNumber += 1
        guard let content = try? self.decoder.decode(ExportLine.self, from: line) else {
            throw self.damaged("is not what an export has")
        }
        if let end = content.end {
            let digest = self.hash.finalize().map { String(format: "%02x", $0) }.joined()
            guard end.sha256 == digest else { throw self.damaged("has another checksum than what is before it") }
            guard end.count == self.keys else { throw self.damaged("tells of \(end.count) keys, not \(self.keys)") }
            self.isAtEnd = true
            return
        }
        self.hash.update(data: line)
        self.hash.update(data: Data([Self.newline]))
        if let lease = content.lease, let id = LeaseID(lease.id) {
            page.leases[id] = LeaseTerm(granted: lease.ttl.map { .seconds($0) })
        } else if let keyValue = content.key?.keyValue {
            if let lastKey, lastKey >= keyValue.key { throw self.damaged("is not in order") }
            self.lastKey = keyValue.key
            self.keys += 1
            page.keyValues.append(keyValue)
        } else {
            throw self.damaged("is not what an export has")
        }
    }

    private func damaged(_ what: String) -> TransferError {
        TransferError(
            .badFile, "\(self.path) is damaged: line \(self.lineNumber) \(what)",
            remedy: "Export again, or copy the file again.")
    }

    private static let newline = UInt8(ascii: "\n")

    private static func readLine(
        _ unread: inout Data, from file: FileHandle, path: String
    ) throws(TransferError) -> Data? {
        var searched = 0
        while true {
            if let newline = unread.dropFirst(searched).firstIndex(of: Self.newline) {
                defer { unread = unread[(newline + 1)...] }
                return unread[..<newline]
            }
            searched = unread.count
            guard searched < Self.maximumLineBytes else {
                throw TransferError(.badFile, "\(path) is not an export: it has a line of more than 64 MiB")
            }
            let more: Data?
            do {
                more = try file.read(upToCount: Self.chunkBytes)
            } catch {
                throw TransferError(.file, "cannot read \(path): \(error)")
            }
            guard let more, !more.isEmpty else { return nil }
            // A fresh buffer: the slice would keep everything read so far.
            unread = Data(unread) + more
        }
    }
}
