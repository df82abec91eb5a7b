import Crypto
import CryptoExtras
import Foundation

/// A password as the store keeps it: `$scrypt$ln=14,r=8,p=1$<salt>$<key>`, salt and key in base64.
struct PasswordHash: Sendable {
    /// The costs of scrypt (RFC 7914): 16 MiB, and about as long as etcd's bcrypt at its cost of 10. They are kept with
    /// each hash, so that they can be raised.
    static let standardLogRounds = 14
    private static let blockSize = 8
    private static let parallelism = 1

    private let logRounds: Int
    private let blockSize: Int
    private let parallelism: Int
    private let salt: Data
    private let key: Data

    /// Hashes a password. Takes a while on purpose: never on an event loop.
    init(of password: String, logRounds: Int = standardLogRounds) throws {
        self.logRounds = logRounds
        self.blockSize = Self.blockSize
        self.parallelism = Self.parallelism
        self.salt = SymmetricKey(size: .bits128).withUnsafeBytes { Data($0) }
        self.key = try Self.derive(
            password, salt: self.salt, logRounds: logRounds, blockSize: Self.blockSize,
            parallelism: Self.parallelism)
    }

    /// Reads a hash back; `nil` when the text is not one, or asks for more than this code would ever have written.
    init?(_ text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt",
            let salt = Data(base64Encoded: String(parts[3])),
            let key = Data(base64Encoded: String(parts[4])), !key.isEmpty
        else { return nil }
        let costs = parts[2].split(separator: ",").map { $0.split(separator: "=") }
        guard costs.count == 3, costs.allSatisfy({ $0.count == 2 }), costs[0][0] == "ln", costs[1][0] == "r",
            costs[2][0] == "p", let logRounds = Int(costs[0][1]), let blockSize = Int(costs[1][1]),
            let parallelism = Int(costs[2][1]), (1...20).contains(logRounds), (1...32).contains(blockSize),
            (1...16).contains(parallelism)
        else { return nil }
        self.logRounds = logRounds
        self.blockSize = blockSize
        self.parallelism = parallelism
        self.salt = salt
        self.key = key
    }

    /// What is stored.
    var text: String {
        let costs = "ln=\(self.logRounds),r=\(self.blockSize),p=\(self.parallelism)"
        return "$scrypt$\(costs)$\(self.salt.base64EncodedString())$\(self.key.base64EncodedString())"
    }

    /// Whether this is the password that was hashed. Takes as long as hashing it.
    func matches(_ password: String) throws -> Bool {
        let candidate = try Self.derive(
            password, salt: self.salt, logRounds: self.logRounds, blockSize: self.blockSize,
            parallelism: self.parallelism)
        guard candidate.count == self.key.count else { return false }
        return zip(candidate, self.key).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func derive(
        _ password: String, salt: Data, logRounds: Int, blockSize: Int, parallelism: Int
    ) throws -> Data {
        let key = try KDF.Scrypt.deriveKey(
            from: Data(password.utf8), salt: salt, outputByteCount: 32, rounds: 1 << logRounds, blockSize: blockSize,
            parallelism: parallelism)
        return key.withUnsafeBytes { Data($0) }
    }
}
