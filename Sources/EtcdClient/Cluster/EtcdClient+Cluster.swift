import EtcdWire

extension EtcdClient {
    /// The members of the cluster.
    public var cluster: Cluster { Cluster(client: self) }

    /// Administers a cluster's members; from ``EtcdClient/cluster``.
    ///
    /// A client never follows the addresses that members advertise: they are often of use only inside the cluster's own
    /// network. It talks to the endpoints of its configuration.
    ///
    /// A change needs a majority of the members, and most clusters refuse one that would endanger the majority
    /// (`notEnoughStartedMembers`). Everything here throws ``EtcdError``, or `CancellationError` when the task is cancelled.
    public struct Cluster: Sendable {
        let client: EtcdClient

        /// The members.
        ///
        /// - Parameter linearizable: Ask the majority, so that the answer is current. Without it, and always before
        ///   etcd 3.5, one member tells what it knows.
        public func members(linearizable: Bool = true) async throws -> [Member] {
            var request = Etcdserverpb_MemberListRequest()
            request.linearizable = linearizable
            let response: Etcdserverpb_MemberListResponse = try await self.client.call(
                .memberList, request, retry: .always)
            return response.members.map { Member($0) }
        }

        /// Adds a member that votes. Start it afterwards; until it runs, the cluster counts it as one that failed.
        ///
        /// - Parameter peerURLs: Where the other members will reach it, such as `http://10.0.0.3:2380`.
        /// - Returns: The new member, without a name until it has started.
        /// - Throws: ``EtcdError``; `memberExists`, `peerURLExists`, `memberURLsInvalid`, `notEnoughStartedMembers`.
        public func addMember(peerURLs: [String]) async throws -> Member {
            try await self.add(peerURLs, isLearner: false)
        }

        /// Adds a member that receives all changes but does not vote, until ``promoteMember(_:)``.
        ///
        /// - Throws: ``EtcdError``; as ``addMember(peerURLs:)``, and `tooManyLearners`.
        public func addLearner(peerURLs: [String]) async throws -> Member {
            try await self.add(peerURLs, isLearner: true)
        }

        /// Tells the cluster where a member is now.
        ///
        /// - Returns: All members.
        /// - Throws: ``EtcdError``; `memberNotFound`, `peerURLExists`, `memberURLsInvalid`.
        @discardableResult
        public func updateMember(_ id: MemberID, peerURLs: [String]) async throws -> [Member] {
            var request = Etcdserverpb_MemberUpdateRequest()
            request.id = id.rawValue
            request.peerUrls = peerURLs
            let response: Etcdserverpb_MemberUpdateResponse = try await self.client.call(
                .memberUpdate, request, retry: .ifUnsent)
            return response.members.map { Member($0) }
        }

        /// Removes a member; it ends.
        ///
        /// - Returns: The members left.
        /// - Throws: ``EtcdError``; `memberNotFound`, `notEnoughStartedMembers`.
        @discardableResult
        public func removeMember(_ id: MemberID) async throws -> [Member] {
            var request = Etcdserverpb_MemberRemoveRequest()
            request.id = id.rawValue
            let response: Etcdserverpb_MemberRemoveResponse = try await self.client.call(
                .memberRemove, request, retry: .ifUnsent)
            return response.members.map { Member($0) }
        }

        /// Lets a learner vote.
        ///
        /// - Returns: All members.
        /// - Throws: ``EtcdError``; `memberNotFound`, `notLearner`, or `learnerNotReady` until it has caught up: try
        ///   again later.
        @discardableResult
        public func promoteMember(_ id: MemberID) async throws -> [Member] {
            var request = Etcdserverpb_MemberPromoteRequest()
            request.id = id.rawValue
            let response: Etcdserverpb_MemberPromoteResponse = try await self.client.call(
                .memberPromote, request, retry: .ifUnsent)
            return response.members.map { Member($0) }
        }

        private func add(_ peerURLs: [String], isLearner: Bool) async throws -> Member {
            var request = Etcdserverpb_MemberAddRequest()
            request.peerUrls = peerURLs
            request.isLearner = isLearner
            let response: Etcdserverpb_MemberAddResponse = try await self.client.call(
                .memberAdd, request, retry: .ifUnsent)
            guard response.hasMember else {
                throw EtcdError(.badResponse, "no member was returned", mayHaveHappened: true)
            }
            return Member(response.member)
        }
    }
}

extension Method {
    fileprivate static let memberList = Method(path: "/etcdserverpb.Cluster/MemberList")
    fileprivate static let memberAdd = Method(path: "/etcdserverpb.Cluster/MemberAdd")
    fileprivate static let memberUpdate = Method(path: "/etcdserverpb.Cluster/MemberUpdate")
    fileprivate static let memberRemove = Method(path: "/etcdserverpb.Cluster/MemberRemove")
    fileprivate static let memberPromote = Method(path: "/etcdserverpb.Cluster/MemberPromote")
}
