import EtcdStore
import Testing

struct TransactionTests {
    private static func store() throws -> Store {
        var store = Store.empty()
        _ = try store.grantLease(LeaseID(5), seconds: 60, now: .zero)
        try store.set("a", "1", lease: 5)  // 2
        try store.set("b", "2")  // 3
        try store.set("b", "3")  // 4
        return store
    }

    @Test(arguments: [
        (Comparison(.single("a"), .equal, .value("1")), true),
        (Comparison(.single("a"), .less, .value("2")), true),
        (Comparison(.single("a"), .greater, .value("1")), false),
        (Comparison(.single("a"), .notEqual, .value("2")), true),
        (Comparison(.single("b"), .equal, .version(2)), true),
        (Comparison(.single("b"), .equal, .createRevision(3)), true),
        (Comparison(.single("b"), .equal, .modRevision(4)), true),
        (Comparison(.single("a"), .equal, .lease(5)), true),
        (Comparison(.single("b"), .equal, .lease(0)), true),
        // A key that is not there compares as zeros, but its value as nothing.
        (Comparison(.single("x"), .equal, .version(0)), true),
        (Comparison(.single("x"), .less, .modRevision(1)), true),
        (Comparison(.single("x"), .notEqual, .value("1")), false),
        (Comparison(.single("x"), .equal, .value("")), false),
        // A range has to hold for every key.
        (Comparison(.all, .greater, .createRevision(1)), true),
        (Comparison(.all, .equal, .version(2)), false),
        (Comparison(.prefix("x"), .equal, .version(0)), true),
        (Comparison(KeyRange(key: "z", rangeEnd: "a"), .equal, .modRevision(0)), true),
    ])
    func aConditionHoldsAsInEtcd(condition: Comparison, holds: Bool) throws {
        let transaction = Transaction(if: [condition])
        #expect(try Self.store().read(transaction).succeeded == holds)
    }

    @Test func anEmptyTransactionSucceedsAndMakesNoRevision() throws {
        var store = try Self.store()
        let result = try store.transact(Transaction())
        #expect(result.succeeded)
        #expect(result.results.isEmpty)
        #expect(result.headerRevision == Revision(4))
    }

    @Test func allChangesOfATransactionAreOneRevisionAndLaterOperationsSeeThem() throws {
        var store = try Self.store()
        let result = try store.transact(
            Transaction(then: [
                .range(RangeOperation(.single("n"))),
                .put(PutOperation("n", "new")),
                .range(RangeOperation(.single("n"))),
                .delete(DeleteOperation(.single("a"))),
                .range(RangeOperation(.all)),
            ]))
        #expect(result.headerRevision == Revision(5))
        var seen: [[Bytes]] = []
        var headers: [Int64] = []
        for case .range(let range) in result.results {
            seen.append(range.versions.map(\.key))
            headers.append(range.headerRevision.number)
        }
        #expect(seen == [[], ["n"], ["b", "n"]])
        #expect(headers == [4, 5, 5])
        #expect(store.head == Revision(5))
    }

    @Test func aRevisionBelowZeroIsTheNewestUntilACompaction() throws {
        var store = try Self.store()
        let read = Transaction(then: [.range(RangeOperation(.single("a"), revision: Revision(-1)))])
        #expect(throws: Never.self) { try store.read(read) }
        try store.compact(Revision(2))
        _ = store.commitAll()
        // As etcd 3.5 has it: only within a transaction.
        #expect(throws: StoreError.compacted) { try store.read(read) }
        #expect(throws: StoreError.compacted) { try store.transact(read) }
        #expect(try store.range(RangeOperation(.single("a"), revision: Revision(-1))).count == 1)
    }

    @Test func nestedConditionsAreDecidedBeforeTheFirstWrite() throws {
        var store = try Self.store()
        let nested = Transaction(
            if: [Comparison(.single("n"), .equal, .version(0))], then: [.put(PutOperation("m", "1"))])
        let result = try store.transact(
            Transaction(then: [.put(PutOperation("n", "1")), .transaction(nested)]))
        guard case .transaction(let inner)? = result.results.last else {
            Issue.record("no nested result")
            return
        }
        #expect(inner.succeeded)
        #expect(try store.keys() == ["a", "b", "m", "n"])
    }

    private static func put(_ key: Bytes) -> Transaction.Operation { .put(PutOperation(key, "v")) }
    private static func delete(_ range: KeyRange) -> Transaction.Operation { .delete(DeleteOperation(range)) }

    private static func nested(
        _ success: [Transaction.Operation], else failure: [Transaction.Operation] = []
    ) -> Transaction.Operation {
        .transaction(Transaction(then: success, else: failure))
    }

    /// Operations with a short description, as hundreds of them make a long one.
    struct Branch: Sendable, CustomTestStringConvertible {
        let operations: [Transaction.Operation]

        init(_ operations: [Transaction.Operation]) { self.operations = operations }

        var testDescription: String { "\(self.operations.count) operations: \("\(self.operations)".prefix(120))" }
    }

    @Test(
        arguments: [
            ([Self.put("k"), Self.put("k")], StoreError.duplicateKey),
            ([Self.put("k"), Self.delete(.single("k"))], .duplicateKey),
            ([Self.delete(.prefix("k")), Self.put("k1")], .duplicateKey),
            ([Self.put("k"), Self.nested([Self.put("k")])], .duplicateKey),
            ([Self.put("k"), Self.nested([], else: [Self.put("k")])], .duplicateKey),
            ([Self.nested([Self.put("k")]), Self.nested([Self.put("k")])], .duplicateKey),
            ([Self.nested([Self.delete(.prefix("k"))]), Self.put("k")], .duplicateKey),
            ([Self.delete(.prefix("k")), Self.nested([Self.put("k")])], .duplicateKey),
            ([Self.put("k"), .missing], .keyNotFound),
            ([Self.put("")], .emptyKey),
            ([.range(RangeOperation(.single("")))], .emptyKey),
            ([Self.put("k"), .range(RangeOperation(.all, revision: Revision(99)))], .futureRevision),
            ([Self.put("k"), .put(PutOperation("l", "v", lease: LeaseID(404)))], .leaseNotFound),
            ([Self.put("k"), .put(PutOperation("none", "", keepsValue: true))], .keyNotFound),
            ([Self.put("k"), .put(PutOperation("l", "v", keepsValue: true))], .valueProvided),
            ((0...128).map { Self.put(Bytes("\($0)")) }, .tooManyOperations),
            ([Self.nested((0..<128).map { Self.put(Bytes("\($0)")) })], .tooManyOperations),
        ].map { (Branch($0.0), $0.1) } as [(Branch, StoreError)])
    func aBadTransactionIsRefusedAndChangesNothing(branch: Branch, error: StoreError) throws {
        var store = try Self.store()
        #expect(throws: error) { try store.run(Transaction(then: branch.operations)) }
        #expect(store.head == Revision(4))
        #expect(try store.keys() == ["a", "b"])
    }

    @Test(
        arguments: [
            [Self.delete(.prefix("k")), Self.delete(.single("k"))],
            [Self.nested([Self.put("k")], else: [Self.put("k")])],
            [Self.delete(.prefix("k")), Self.put("m")],
            (0..<128).map { Self.put(Bytes("\($0)")) },
            [Self.nested((0..<127).map { Self.put(Bytes("\($0)")) })],
        ].map { Branch($0) })
    func theseAreFine(branch: Branch) throws {
        var store = try Self.store()
        #expect(try store.transact(Transaction(then: branch.operations)).succeeded)
    }

    @Test func deepNestingIsRefusedWithoutRunningOutOfStack() throws {
        var transaction = Transaction(then: [Self.put("k")])
        for _ in 0..<300 { transaction = Transaction(then: [.transaction(transaction)]) }
        var store = try Self.store()
        #expect(throws: StoreError.tooManyOperations) { try store.run(transaction) }
    }

    @Test func aKeyMayBePutAndThenDeletedByTwoNestedTransactionsAsInEtcd() throws {
        var store = try Self.store()
        try store.transact(
            Transaction(then: [Self.nested([Self.put("k")]), Self.nested([Self.delete(.single("k"))])]))
        #expect(try store.keys() == ["a", "b"])
        #expect(store.head == Revision(5))
    }
}
