/// What is wrong with a member, as etcd says it.
package struct StoreAlarm: Hashable, Sendable {
    /// The numbers are those of the wire.
    package enum Kind: Int, Sendable {
        case noSpace = 1
        case corrupt = 2
    }

    package let memberID: UInt64
    package let kind: Kind

    package init(memberID: UInt64, kind: Kind) {
        self.memberID = memberID
        self.kind = kind
    }
}

extension Store {
    package func hasAlarm(_ kind: StoreAlarm.Kind) -> Bool { self.alarms.contains { $0.kind == kind } }

    /// Raises an alarm at the head; one that is raised already stays.
    package mutating func activate(_ alarm: StoreAlarm) {
        guard !self.alarms.contains(alarm) else { return }
        self.alarms.append(alarm)
        self.note(.alarm(alarm, isActive: true))
    }

    /// Ends an alarm at the head; `false` if there is none.
    package mutating func deactivate(_ alarm: StoreAlarm) -> Bool {
        guard let index = self.alarms.firstIndex(of: alarm) else { return false }
        self.alarms.remove(at: index)
        self.note(.alarm(alarm, isActive: false))
        return true
    }

    /// Before anything is added: etcd's quota, which raises an alarm that has to be ended by hand.
    ///
    /// - Throws: `noSpace`; from then on until the alarm is ended, even if there is room again.
    mutating func checkSpace(for addition: Int) throws(StoreError) {
        guard addition > 0 else { return }
        if self.hasAlarm(.noSpace) { throw .noSpace }
        guard self.quotaBytes > 0, self.cost + addition >= self.quotaBytes else { return }
        self.activate(StoreAlarm(memberID: self.identity.memberID, kind: .noSpace))
        throw .noSpace
    }

    /// Before anything is changed.
    ///
    /// - Throws: `corrupt` while that alarm is on.
    package func checkSound() throws(StoreError) {
        if self.hasAlarm(.corrupt) { throw .corrupt }
    }
}

extension PutOperation {
    /// How much room etcd wants for it.
    var spaceNeeded: Int { 256 + self.key.count + self.value.count }
}

extension Transaction {
    /// The larger of both branches.
    var spaceNeeded: Int { max(Self.spaceNeeded(self.success), Self.spaceNeeded(self.failure)) }

    private static func spaceNeeded(_ operations: [Operation]) -> Int {
        operations.reduce(0) { sum, operation in
            switch operation {
            case .put(let put): sum + put.spaceNeeded
            case .transaction(let nested): sum + nested.spaceNeeded
            case .range, .delete, .missing: sum
            }
        }
    }
}
