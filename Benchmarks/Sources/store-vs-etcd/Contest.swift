import BenchmarkSupport
import Foundation

/// Runs one measurement on etcd and on the store by turns, so that a disturbance of the machine meets both.
struct Contest {
    let etcd: ServerProcess.Program
    let store: ServerProcess.Program
    let folder: String
    /// For development: fewer rounds, smaller counts.
    let isQuick: Bool

    func rounds(_ count: Int) -> Int { self.isQuick ? min(2, count) : count }

    /// Measures with a new server of each kind that lives through all rounds.
    func sharing<Value>(rounds: Int, _ measure: (ServerProcess) throws -> Value) throws -> Outcome<Value> {
        let etcd = try self.start(self.etcd)
        defer { etcd.stop() }
        let store = try self.start(self.store)
        defer { store.stop() }
        return try self.alternate(rounds, etcd: { try measure(etcd) }, store: { try measure(store) })
    }

    /// Measures with a new server in each round.
    func renewing<Value>(rounds: Int, _ measure: (ServerProcess) throws -> Value) throws -> Outcome<Value> {
        func once(_ program: ServerProcess.Program) throws -> Value {
            let server = try self.start(program)
            defer { server.stop() }
            return try measure(server)
        }
        return try self.alternate(rounds, etcd: { try once(self.etcd) }, store: { try once(self.store) })
    }

    /// Measures by turns, changing who is first.
    func alternate<Value>(
        _ rounds: Int, etcd: () throws -> Value, store: () throws -> Value
    ) throws -> Outcome<Value> {
        var outcome = Outcome<Value>()
        for round in 0..<rounds {
            if round.isMultiple(of: 2) {
                outcome.etcd.append(try etcd())
                outcome.store.append(try store())
            } else {
                outcome.store.append(try store())
                outcome.etcd.append(try etcd())
            }
        }
        return outcome
    }

    /// Starts a server and waits until it has carried out a write.
    func start(_ program: ServerProcess.Program) throws -> ServerProcess {
        let server = try ServerProcess(program, below: self.folder)
        do {
            try Self.firstPut(on: server)
        } catch {
            let log = server.log
            server.stop()
            throw BenchmarkFailure("\(program) did not begin to serve: \(error); its log ends:\n\(log)")
        }
        return server
    }

    /// Tries a put until one succeeds.
    static func firstPut(on server: ServerProcess) throws {
        let limit = monotonicNanoseconds() + 30_000_000_000
        while true {
            do {
                let loop = try LoadLoop()
                defer { loop.close() }
                let connection = try loop.connect(1, port: server.port, within: .seconds(5))[0]
                var succeeded: Bool?
                connection.onEnd = { _, isAnswer, _ in succeeded = isAnswer }
                connection.unary(WireMessages.put, WireMessages.putRequest(Array("first".utf8), [1]), now: 0)
                loop.flushSoon(connection)
                try loop.run("the first put", within: .seconds(5)) { succeeded != nil }
                if succeeded == true { return }
            } catch {
                guard monotonicNanoseconds() < limit else { throw error }
            }
            usleep(1_000)
        }
    }
}

/// What both sides gave, round by round.
struct Outcome<Value> {
    var etcd: [Value] = []
    var store: [Value] = []

    func map<Other>(_ body: (Value) -> Other) -> Outcome<Other> {
        Outcome<Other>(etcd: self.etcd.map(body), store: self.store.map(body))
    }
}
