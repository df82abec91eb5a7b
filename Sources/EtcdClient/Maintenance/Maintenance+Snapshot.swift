import EtcdTransport
import EtcdWire
import Foundation
import NIOCore

/// A snapshot that was saved.
public struct Snapshot: Hashable, Sendable {
    /// Where it is.
    public var path: String
    /// The size of the file in bytes, its checksum of 32 bytes included.
    public var size: Int
    /// SHA-256 of everything but the last 32 bytes, which are this checksum.
    public var checksum: [UInt8]
    /// The version of etcd that the file is of; `nil` before etcd 3.6.
    public var version: String?
}

/// How far the saving of a snapshot has come.
public struct SnapshotProgress: Hashable, Sendable {
    /// Bytes received.
    public var received: Int
    /// Bytes that the server has left to send, as it says.
    public var remaining: Int
}

extension EtcdClient.Maintenance {
    /// Saves everything a member has to a file, in the form that `etcdutl snapshot restore` takes when the member is an
    /// etcd.
    ///
    /// The file appears at `path`, replacing one that is there, when it is complete, its checksum is right and it is safe
    /// on the disk. Until then it is written to `path` + `.partial`; on failure and on cancellation that is removed, and
    /// what was at `path` before is untouched. A snapshot that broke off is begun anew: a member has no way to send the
    /// rest of one.
    ///
    /// - Parameters:
    ///   - silence: How long the member may send nothing; a large one needs time before it begins.
    ///   - progress: Told after each part.
    /// - Throws: ``EtcdError``: `corruptSnapshot` if the checksum is missing or wrong; `fileSystem` if the file cannot be
    ///   written; `permissionDenied` unless the user is root.
    public func saveSnapshot(
        to path: String, at endpoint: EtcdClient.Endpoint? = nil, silence: Duration = .seconds(60),
        progress: @Sendable (SnapshotProgress) -> Void = { _ in }
    ) async throws -> Snapshot {
        let file = try await SnapshotFile(path: path)
        do {
            let version = try await self.client.atMember(endpoint) { client in
                try await client.receiveSnapshot(into: file, silence: silence, progress: progress)
            }
            let checksum = try await file.finish()
            return Snapshot(path: path, size: await file.size, checksum: checksum, version: version)
        } catch {
            await file.discard()
            throw error
        }
    }
}

extension EtcdClient {
    /// Returns the version that the server names, if it names one.
    fileprivate func receiveSnapshot(
        into file: SnapshotFile, silence: Duration, progress: (SnapshotProgress) -> Void
    ) async throws -> String? {
        var mayRefreshToken = self.tokens != nil
        while true {
            let deadline = NIODeadline.now() + TimeAmount(self.configuration.requestTimeout)
            let (stream, token) = try await self.openStream(.snapshot, deadline: deadline)
            let endpoint = stream.connection.endpoint
            defer { stream.cancel() }
            try stream.send(Etcdserverpb_SnapshotRequest(), isLast: true)
            var version: String?
            do {
                while true {
                    for message in try await stream.next(within: TimeAmount(silence)) {
                        let part = try GRPCMessageCoding.decode(Etcdserverpb_SnapshotResponse.self, from: message)
                        if !part.version.isEmpty { version = part.version }
                        try await file.append(part.blob)
                        progress(
                            SnapshotProgress(
                                received: await file.size, remaining: Int(clamping: part.remainingBytes)))
                    }
                }
            } catch let failure as GRPCCallFailure {
                if failure.reach == .answered, failure.status.code == .ok { return version }
                let error = EtcdError(failure, endpoint: endpoint, isWrite: false)
                guard error.code.wantsNewToken, mayRefreshToken, await file.size == 0 else { throw error }
                mayRefreshToken = false
                await self.tokens?.invalidate(token)
            } catch is GRPCClientStream.Silence {
                throw EtcdError(
                    .deadlineExceeded, "the snapshot broke off: nothing came for \(silence)", endpoint: "\(endpoint)")
            } catch let status as GRPCStatus {
                throw EtcdError(.badResponse, status.message, endpoint: "\(endpoint)")
            }
        }
    }
}

extension Method {
    fileprivate static let snapshot = Method(path: "/etcdserverpb.Maintenance/Snapshot")
}
