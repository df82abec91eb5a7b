import EtcdTransport

/// The version of the API that a client says it speaks. It changes nothing, but etcd 3.6 refuses calls with one that is
/// not UTF-8.
enum ClientVersion {
    static func refusal(_ call: GRPCCallInfo) -> GRPCStatus? {
        guard let version = call.metadata("client-api-version"), version.unicodeScalars.contains(Self.replacement)
        else {
            return nil
        }
        return GRPCStatus(.invalidArgument, "etcdserver: invalid client api version")
    }

    /// What stands for bytes that are not UTF-8 once headers are text.
    private static let replacement: Unicode.Scalar = "\u{fffd}"
}
