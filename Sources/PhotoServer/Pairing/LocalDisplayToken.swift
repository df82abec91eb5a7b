import Synchronization

/// The one-time token in the server's data folder: who can read it is on this machine and trusted by its owner, so a
/// display that shows it needs nobody's click. Being on loopback alone would prove nothing behind a reverse proxy.
final class LocalDisplayToken: Sendable {
    let path: String
    private let hash = Mutex<String?>(nil)

    init(dataDirectory: String) {
        self.path = dataDirectory + "/display-token"
    }

    /// Writes a fresh token into the file; the one before is void.
    func renew() throws {
        let token = SecretToken()
        // Known before it can be read: a display that is faster than this method must not be refused.
        self.hash.withLock { $0 = token.hash }
        try PrivateFile.write(token.text, to: self.path)
    }

    /// Whether `token` is the one in the file. It is used up by that, whoever comes second.
    func consume(_ token: String) -> Bool {
        let presented = SecretToken.hash(of: token)
        return self.hash.withLock { hash in
            guard let current = hash, equalInConstantTime(current, presented) else { return false }
            hash = nil
            return true
        }
    }
}
