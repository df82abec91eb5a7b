import EtcdWire

/// What is wrong with a member, so that it refuses writes.
public struct Alarm: Hashable, Sendable {
    /// What is wrong. A struct, not an enum: servers may know more kinds.
    public struct Kind: RawRepresentable, Hashable, Sendable, CustomStringConvertible {
        /// The number on the wire.
        public let rawValue: Int

        /// The kind of this number.
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// The file has reached its quota: only reads and deletions work. Compact, defragment, then deactivate the alarm.
        public static let noSpace = Kind(rawValue: 1)
        /// The members' data differ: nothing can be written.
        public static let corrupt = Kind(rawValue: 2)

        /// The name of the kind.
        public var description: String {
            switch self {
            case .noSpace: "noSpace"
            case .corrupt: "corrupt"
            default: "alarm \(self.rawValue)"
            }
        }
    }

    /// Which member raised it.
    public var member: MemberID
    /// What is wrong.
    public var kind: Kind

    /// An alarm of these members.
    public init(member: MemberID, kind: Kind) {
        self.member = member
        self.kind = kind
    }
}

extension EtcdClient.Maintenance {
    /// The alarms that are raised now, of all members.
    public func alarms() async throws -> [Alarm] {
        try await self.alarms(.get, retry: .always)
    }

    /// Raises an alarm by hand: to stop all writes, or to try what happens then.
    public func activateAlarm(_ alarm: Alarm) async throws {
        _ = try await self.alarms(.activate, alarm, retry: .ifUnsent)
    }

    /// Ends an alarm. Does nothing if it is not raised. etcd raises it again if its cause is still there.
    public func deactivateAlarm(_ alarm: Alarm) async throws {
        _ = try await self.alarms(.deactivate, alarm, retry: .ifUnsent)
    }

    /// Ends all alarms, and returns which they were.
    @discardableResult
    public func deactivateAllAlarms() async throws -> [Alarm] {
        let alarms = try await self.alarms()
        for alarm in alarms { try await self.deactivateAlarm(alarm) }
        return alarms
    }

    private func alarms(
        _ action: Etcdserverpb_AlarmRequest.AlarmAction, _ alarm: Alarm? = nil, retry: Call.Retry
    ) async throws -> [Alarm] {
        var request = Etcdserverpb_AlarmRequest()
        request.action = action
        if let alarm {
            request.memberID = alarm.member.rawValue
            request.alarm = Etcdserverpb_AlarmType(rawValue: alarm.kind.rawValue) ?? .none
        }
        let response: Etcdserverpb_AlarmResponse = try await self.client.call(.alarm, request, retry: retry)
        return response.alarms.map {
            Alarm(member: MemberID($0.memberID), kind: Alarm.Kind(rawValue: $0.alarm.rawValue))
        }
    }
}

extension Method {
    fileprivate static let alarm = Method(path: "/etcdserverpb.Maintenance/Alarm")
}
