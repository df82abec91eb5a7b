import CZlib
import Foundation
import Glibc
import Renditions

/// The files in a ZIP (APPNOTE 6.3.10), one after the other, each in pieces: no file's size costs memory.
///
/// Names are taken for names only, never for paths. What an entry claims of its size is not believed; what comes out is
/// counted.
struct ZIPArchive {
    struct Entry: Sendable {
        /// The last part of its path.
        let name: String
        let isEncrypted: Bool
        let method: UInt16
        let compressed: Int
        let uncompressed: Int
        let headerOffset: Int
    }

    static let bytesMaximum = 8 << 30
    static let entriesMaximum = 20_000
    /// Bytes that may come out of one archive.
    static let totalMaximum = 32 << 30
    /// Photos hardly shrink in a ZIP; more than this many times is a bomb.
    static let ratioMaximum = 100

    let path: String
    let entries: [Entry]

    static func isNamedLikeOne(_ filename: String) -> Bool { filename.lowercased().hasSuffix(".zip") }

    /// Whether the file begins like a ZIP with something in it.
    static func isOne(_ path: String) -> Bool { (try? Self.read(path, 0, 4)) == [0x50, 0x4B, 0x03, 0x04] }

    /// - Throws: ``PhotoLibraryError``: `damaged`, `tooLarge`.
    init(_ path: String, name: String) throws {
        self.path = path
        func damaged() -> PhotoLibraryError {
            PhotoLibraryError(.damaged, "“\(name)” is no whole ZIP. Copy it again from where it came from.")
        }
        guard let size = DurableFile.size(of: path) else { throw damaged() }
        let tailLength = min(size, 65_557 + 20)
        let tail = try Self.read(path, size - tailLength, tailLength)
        guard tail.count >= 22,
            let end = stride(from: tail.count - 22, through: 0, by: -1).first(where: {
                tail[$0] == 0x50 && tail[$0 + 1] == 0x4B && tail[$0 + 2] == 5 && tail[$0 + 3] == 6
            })
        else { throw damaged() }
        var count = Self.number(tail, end + 10, 2)
        var length = Self.number(tail, end + 12, 4)
        var start = Self.number(tail, end + 16, 4)
        // ZIP64: a locator right before points to a record with wide numbers.
        if end >= 20, tail[(end - 20)...].starts(with: [0x50, 0x4B, 6, 7]) {
            let at = Self.number(tail, end - 12, 8)
            let record = try Self.read(path, at, 56)
            guard record.count == 56, record.starts(with: [0x50, 0x4B, 6, 6]) else { throw damaged() }
            count = Self.number(record, 32, 8)
            length = Self.number(record, 40, 8)
            start = Self.number(record, 48, 8)
        }
        guard count <= Self.entriesMaximum, length <= 64 << 20 else {
            throw PhotoLibraryError(
                .tooLarge, "“\(name)” holds more than \(Self.entriesMaximum) files. Send it in parts.")
        }
        guard start >= 0, length >= 0, start <= size - length else { throw damaged() }
        let directory = try Self.read(path, start, length)
        var entries: [Entry] = []
        var position = 0
        for _ in 0..<count {
            guard position + 46 <= directory.count, directory[position...].starts(with: [0x50, 0x4B, 1, 2]) else {
                throw damaged()
            }
            let nameLength = Self.number(directory, position + 28, 2)
            let extraLength = Self.number(directory, position + 30, 2)
            let commentLength = Self.number(directory, position + 32, 2)
            let next = position + 46 + nameLength + extraLength + commentLength
            guard next <= directory.count else { throw damaged() }
            let full = MetadataText.decode(directory[position + 46..<position + 46 + nameLength])
            let extra = directory[position + 46 + nameLength..<position + 46 + nameLength + extraLength]
            var wide = Self.wideNumbers(extra)
            func value(_ offset: Int) -> Int {
                let narrow = Self.number(directory, position + offset, 4)
                return narrow == 0xFFFF_FFFF && !wide.isEmpty ? wide.removeFirst() : narrow
            }
            let uncompressed = value(24), compressed = value(20), header = value(42)
            let parts = full.split(whereSeparator: { $0 == "/" || $0 == "\\" })
            let isFolder = full.hasSuffix("/") || full.hasSuffix("\\")
            // What other programs put beside the photos.
            let isBeside = parts.contains { $0 == "__MACOSX" || $0.hasPrefix(".") && $0 != "." && $0 != ".." }
            if !isFolder, !isBeside, let last = parts.last {
                entries.append(
                    Entry(
                        name: String(last), isEncrypted: directory[position + 8] & 1 == 1,
                        method: UInt16(Self.number(directory, position + 10, 2)), compressed: compressed,
                        uncompressed: uncompressed, headerOffset: header))
            }
            position = next
        }
        // Entries that share their bytes make a small file endless.
        guard entries.reduce(0, { $0 + min(max($1.compressed, 0), size + 1) }) <= size else { throw damaged() }
        self.entries = entries
    }

    /// An entry's bytes.
    func chunks(of entry: Entry) -> Chunks { Chunks(path: self.path, entry: entry) }

    // MARK: Reading

    fileprivate static func number(_ bytes: [UInt8], _ offset: Int, _ width: Int) -> Int {
        guard offset >= 0, offset + width <= bytes.count else { return -1 }
        let value = (0..<width).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(bytes[offset + $1]) }
        return Int(exactly: value) ?? -1
    }

    private static func wideNumbers(_ extra: ArraySlice<UInt8>) -> [Int] {
        var position = extra.startIndex
        let bytes = Array(extra)
        let base = extra.startIndex
        while position + 4 <= extra.endIndex {
            let id = Self.number(bytes, position - base, 2), length = Self.number(bytes, position - base + 2, 2)
            if id == 1 {
                return stride(from: 0, to: length - 7, by: 8).map { Self.number(bytes, position - base + 4 + $0, 8) }
            }
            position += 4 + length
        }
        return []
    }

    fileprivate static func read(_ path: String, _ offset: Int, _ count: Int) throws -> [UInt8] {
        guard offset >= 0, count >= 0 else { return [] }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw DurableFile.Failure("open", path) }
        defer { close(descriptor) }
        var done = 0
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            while done < count {
                let read = pread(descriptor, buffer.baseAddress?.advanced(by: done), count - done, off_t(offset + done))
                if read < 0 && errno == EINTR { continue }
                guard read > 0 else { break }
                done += read
            }
            initialized = done
        }
    }

    /// The bytes of one entry, unpacked piece by piece.
    struct Chunks: AsyncSequence, Sendable {
        typealias Element = [UInt8]
        let path: String
        let entry: Entry

        func makeAsyncIterator() -> Iterator { Iterator(path: self.path, entry: self.entry) }

        final class Iterator: AsyncIteratorProtocol {
            private static let pieceBytes = 256 << 10
            private let path: String
            private let entry: Entry
            private var position = -1
            private var left: Int
            private var out = 0
            private var stream = z_stream()
            private var isOpen = false
            private var isOver = false
            private var input: [UInt8] = []
            private var used = 0

            init(path: String, entry: Entry) {
                self.path = path
                self.entry = entry
                self.left = Swift.max(entry.compressed, 0)
            }

            deinit { if self.isOpen { inflateEnd(&self.stream) } }

            func next() async throws -> [UInt8]? {
                if self.position < 0 { try self.begin() }
                if self.entry.method == 0 {
                    guard let piece = try self.piece() else { return nil }
                    return piece
                }
                while !self.isOver {
                    if self.used == self.input.count {
                        guard let piece = try self.piece() else { throw self.damaged() }
                        self.input = piece
                        self.used = 0
                    }
                    let output = try self.inflatePiece()
                    if !output.isEmpty { return output }
                }
                return nil
            }

            private func begin() throws {
                let header = try ZIPArchive.read(self.path, self.entry.headerOffset, 30)
                guard header.count == 30, header.starts(with: [0x50, 0x4B, 3, 4]) else { throw self.damaged() }
                self.position =
                    self.entry.headerOffset + 30 + ZIPArchive.number(header, 26, 2) + ZIPArchive.number(header, 28, 2)
                guard self.entry.method == 8 else { return }
                guard inflateInit2_(&self.stream, -15, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else {
                    throw self.damaged()
                }
                self.isOpen = true
            }

            private func piece() throws -> [UInt8]? {
                guard self.left > 0 else { return nil }
                let bytes = try ZIPArchive.read(self.path, self.position, Swift.min(self.left, Self.pieceBytes))
                guard !bytes.isEmpty else { throw self.damaged() }
                self.position += bytes.count
                self.left -= bytes.count
                return bytes
            }

            private func inflatePiece() throws -> [UInt8] {
                var status = Z_OK
                var consumed = 0
                let output = [UInt8](unsafeUninitializedCapacity: Self.pieceBytes) { buffer, initialized in
                    self.input.withUnsafeMutableBufferPointer { input in
                        self.stream.next_in = input.baseAddress?.advanced(by: self.used)
                        self.stream.avail_in = UInt32(input.count - self.used)
                        self.stream.next_out = buffer.baseAddress
                        self.stream.avail_out = UInt32(buffer.count)
                        status = inflate(&self.stream, Z_NO_FLUSH)
                        consumed = input.count - self.used - Int(self.stream.avail_in)
                        initialized = buffer.count - Int(self.stream.avail_out)
                    }
                }
                self.used += consumed
                self.out += output.count
                guard status == Z_OK || status == Z_STREAM_END || (status == Z_BUF_ERROR && self.left > 0) else {
                    throw self.damaged()
                }
                self.isOver = status == Z_STREAM_END
                // A little that becomes a lot, whatever its header says.
                let most = Swift.max(self.entry.compressed, 1) * ZIPArchive.ratioMaximum
                guard self.out <= 16 << 20 || self.out <= most else {
                    throw PhotoLibraryError(
                        .tooLarge,
                        "“\(self.entry.name)” unpacks to more than \(ZIPArchive.ratioMaximum) times its size, as no "
                            + "photo does. It was left out.")
                }
                return output
            }

            private func damaged() -> PhotoLibraryError {
                PhotoLibraryError(.damaged, "“\(self.entry.name)” in the ZIP is damaged. Pack it again.")
            }
        }
    }
}

extension PhotoLibrary {
    /// Takes in every photo of a ZIP; a file that is none, or a bad one, is named and left out.
    ///
    /// - Throws: ``PhotoLibraryError`` for the archive as a whole, or `busy`, `diskFull`, `workerFailed`: what came in
    ///   before stays, and is a duplicate the next time.
    package func ingest(archive path: String, name: String, into album: AlbumID? = nil) async throws -> ArchiveOutcome {
        let archive = try await self.onDisk { try ZIPArchive(path, name: Self.displayed(name)) }
        var outcome = ArchiveOutcome()
        var total = 0
        for entry in archive.entries {
            let shown = Self.displayed(entry.name)
            guard !entry.isEncrypted, entry.method == 0 || entry.method == 8 else {
                outcome.refuse(
                    shown, "“\(shown)” is \(entry.isEncrypted ? "encrypted" : "packed in a way that is not read here")."
                )
                continue
            }
            guard total <= ZIPArchive.totalMaximum else {
                throw PhotoLibraryError(.tooLarge, "“\(Self.displayed(name))” holds too much. Send it in parts.")
            }
            do {
                switch try await self.ingest(archive.chunks(of: entry), filename: entry.name, into: album) {
                case .added(let photo):
                    outcome.added += 1
                    total += photo.byteCount
                case .duplicate(let photo):
                    outcome.known += 1
                    total += photo.byteCount
                }
            } catch let error as PhotoLibraryError {
                guard ![.busy, .diskFull, .storage, .notFound, .conflict].contains(error.code) else { throw error }
                outcome.refuse(shown, error.message)
            }
        }
        return outcome
    }
}
