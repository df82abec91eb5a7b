import BenchmarkSupport
import CSQLite
import Foundation

/// The forms of durability that the store could have, with the writes it makes: batches of puts with 256-byte values,
/// each batch durable before the next. Prints Markdown; decision 41 cites it.
@main
enum LogVersusSQLite {
    static func main() throws {
        guard CommandLine.arguments.count >= 2 else {
            print("usage: log-vs-sqlite FOLDER [BATCHES]")
            exit(64)
        }
        let folder = CommandLine.arguments[1]
        let rounds = CommandLine.arguments.count > 2 ? Int(CommandLine.arguments[2]) ?? 400 : 400
        print("| puts a batch | form | p50 | p99 | CPU a put |")
        print("|---|---|---|---|---|")
        for size in [1, 10, 100] {
            let forms: [any DurableForm] = [
                try AppendedLog(path: "\(folder)/appended"), try ReservedLog(path: "\(folder)/reserved"),
                try SQLiteTable(path: "\(folder)/table.sqlite"),
            ]
            var times = [[Double]](repeating: [], count: forms.count)
            var cpu = [Double](repeating: 0, count: forms.count)
            // Batch by batch in turn, so that whatever else the disk has to do meets all.
            for round in 0..<rounds {
                let puts = (0..<size).map { put in
                    (key: Array("vitrine/key-\((round * size + put) % 10_000)".utf8), revision: round * size + put)
                }
                for (index, form) in forms.enumerated() {
                    let cpuBefore = Self.cpuSeconds()
                    let start = Self.now()
                    try form.write(puts)
                    times[index].append(Self.now() - start)
                    cpu[index] += Self.cpuSeconds() - cpuBefore
                }
            }
            for (index, form) in forms.enumerated() {
                let percentiles = Percentiles(times[index].map { $0 * 1e6 })
                let cpuPerPut = cpu[index] / Double(rounds * size) * 1e6
                print(
                    "| \(size) | \(form.name) | \(percentiles.text(50)) µs | \(percentiles.text(99)) µs"
                        + " | \(String(format: "%.1f", cpuPerPut)) µs |")
                form.remove()
            }
        }
    }

    private static func now() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_MONOTONIC, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }

    private static func cpuSeconds() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now)
        return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
}

/// Somewhere to write puts so that they survive.
protocol DurableForm {
    var name: String { get }
    /// Returns when all of them are durable.
    func write(_ puts: [(key: [UInt8], revision: Int)]) throws
    func remove()
}

let putValue = [UInt8](repeating: 7, count: 256)

func encodedFrame(_ puts: [(key: [UInt8], revision: Int)]) -> [UInt8] {
    var bytes = [UInt8](repeating: 0xa5, count: 20)
    for put in puts {
        withUnsafeBytes(of: put.revision) { bytes += $0 }
        bytes += put.key
        bytes += putValue
    }
    return bytes
}

/// A log that grows with each batch: append and fdatasync.
final class AppendedLog: DurableForm {
    let name = "log, appended"
    private let path: String
    private let descriptor: Int32

    init(path: String) throws {
        self.path = path
        self.descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0o600)
        guard self.descriptor >= 0 else { throw BenchmarkFailure("cannot open \(path)") }
    }

    func write(_ puts: [(key: [UInt8], revision: Int)]) throws {
        let bytes = encodedFrame(puts)
        guard Glibc.write(self.descriptor, bytes, bytes.count) == bytes.count, fdatasync(self.descriptor) == 0 else {
            throw BenchmarkFailure("cannot write \(self.path)")
        }
    }

    func remove() {
        close(self.descriptor)
        unlink(self.path)
    }
}

/// A log with room made beforehand, written past the page cache by whole blocks, as the store does it.
final class ReservedLog: DurableForm {
    let name = "log, in room made before"
    private static let blockSize = 4_096
    private let path: String
    private let descriptor: Int32
    private let memory = UnsafeMutableRawPointer.allocate(byteCount: 1 << 20, alignment: blockSize)
    private var begun = 0
    private var offset = 0

    init(path: String) throws {
        self.path = path
        let plain = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let zeros = [UInt8](repeating: 0, count: 1 << 20)
        for _ in 0..<32 { _ = Glibc.write(plain, zeros, zeros.count) }
        fsync(plain)
        close(plain)
        let direct: Int32 = 0o40000  // O_DIRECT, which Glibc's module does not carry
        self.descriptor = open(path, O_WRONLY | direct)
        guard self.descriptor >= 0 else { throw BenchmarkFailure("no direct writes to \(path)") }
    }

    func write(_ puts: [(key: [UInt8], revision: Int)]) throws {
        let bytes = encodedFrame(puts)
        let count = self.begun + bytes.count
        let padded = (count + Self.blockSize - 1) / Self.blockSize * Self.blockSize
        memset(self.memory + count, 0, padded - count)
        bytes.withUnsafeBytes {
            UnsafeMutableRawBufferPointer(start: self.memory + self.begun, count: $0.count).copyMemory(from: $0)
        }
        guard pwrite(self.descriptor, self.memory, padded, off_t(self.offset)) == padded,
            fdatasync(self.descriptor) == 0
        else { throw BenchmarkFailure("cannot write \(self.path)") }
        self.begun = count % Self.blockSize
        self.offset += count - self.begun
        memmove(self.memory, self.memory + (count - self.begun), self.begun)
    }

    func remove() {
        close(self.descriptor)
        unlink(self.path)
    }
}

/// SQLite with a write-ahead log and `synchronous=FULL`: history and current revision of each key, a transaction a batch.
final class SQLiteTable: DurableForm {
    let name = "SQLite, WAL, FULL"
    private let path: String
    private var database: OpaquePointer?
    private var insertHistory: OpaquePointer?
    private var replaceCurrent: OpaquePointer?

    init(path: String) throws {
        self.path = path
        guard sqlite3_open(path, &self.database) == SQLITE_OK else { throw BenchmarkFailure("cannot open \(path)") }
        try self.run("PRAGMA journal_mode=WAL")
        try self.run("PRAGMA synchronous=FULL")
        try self.run("CREATE TABLE history(revision INTEGER PRIMARY KEY, key BLOB, value BLOB)")
        try self.run("CREATE TABLE current(key BLOB PRIMARY KEY, revision INTEGER) WITHOUT ROWID")
        sqlite3_prepare_v2(self.database, "INSERT INTO history VALUES(?,?,?)", -1, &self.insertHistory, nil)
        sqlite3_prepare_v2(self.database, "INSERT OR REPLACE INTO current VALUES(?,?)", -1, &self.replaceCurrent, nil)
    }

    func write(_ puts: [(key: [UInt8], revision: Int)]) throws {
        try self.run("BEGIN IMMEDIATE")
        for put in puts {
            sqlite3_bind_int64(self.insertHistory, 1, Int64(put.revision + 1))
            try put.key.withUnsafeBytes { key in
                try putValue.withUnsafeBytes { value in
                    sqlite3_bind_blob(self.insertHistory, 2, key.baseAddress, Int32(key.count), nil)
                    sqlite3_bind_blob(self.insertHistory, 3, value.baseAddress, Int32(value.count), nil)
                    sqlite3_bind_blob(self.replaceCurrent, 1, key.baseAddress, Int32(key.count), nil)
                    sqlite3_bind_int64(self.replaceCurrent, 2, Int64(put.revision + 1))
                    try self.step(self.insertHistory)
                    try self.step(self.replaceCurrent)
                }
            }
        }
        try self.run("COMMIT")
    }

    func remove() {
        sqlite3_finalize(self.insertHistory)
        sqlite3_finalize(self.replaceCurrent)
        sqlite3_close(self.database)
        for suffix in ["", "-wal", "-shm"] { unlink(self.path + suffix) }
    }

    private func step(_ statement: OpaquePointer?) throws {
        let result = sqlite3_step(statement)
        sqlite3_reset(statement)
        guard result == SQLITE_DONE else { throw BenchmarkFailure(String(cString: sqlite3_errmsg(self.database))) }
    }

    private func run(_ sql: String) throws {
        guard sqlite3_exec(self.database, sql, nil, nil, nil) == SQLITE_OK else {
            throw BenchmarkFailure("\(sql): " + String(cString: sqlite3_errmsg(self.database)))
        }
    }
}
