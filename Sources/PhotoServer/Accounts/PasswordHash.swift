import Crypto
import CryptoExtras
import Foundation

/// The costs of one scrypt run (RFC 7914), recorded beside every hash so that they can be raised later.
package struct ScryptParameters: Sendable, Equatable {
    /// Binary logarithm of the cost N; memory is `128 * r * 2^logRounds` bytes.
    package var logRounds: Int
    /// The block size r.
    package var blockSize: Int
    /// The parallelism p; each lane runs after the other here.
    package var parallelism: Int

    package init(logRounds: Int, blockSize: Int, parallelism: Int) {
        self.logRounds = logRounds
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// 32 MiB and three lanes: one of the settings of equal strength in OWASP's password storage cheat sheet, and the
    /// one that a small computer can afford.
    package static let standard = ScryptParameters(logRounds: 15, blockSize: 8, parallelism: 3)

    /// Whether these are costs that this server would ever have written: a damaged database must not ask for gigabytes.
    fileprivate var isReasonable: Bool {
        (1...20).contains(self.logRounds) && (1...32).contains(self.blockSize) && (1...16).contains(self.parallelism)
    }
}

/// A password as it is kept: `$scrypt$ln=15,r=8,p=3$<salt>$<key>`, salt and key in URL-safe base64.
package struct PasswordHash: Sendable, Equatable {
    private let parameters: ScryptParameters
    private let salt: String
    private let key: String

    /// Hashes a new password with a random salt. Takes a good part of a second on purpose.
    package init(of password: String, parameters: ScryptParameters) throws {
        self.parameters = parameters
        self.salt = SecretToken().text
        self.key = try Self.derive(password, salt: self.salt, parameters: parameters)
    }

    /// Reads a hash back; nil when the text is not one.
    package init?(text: String) {
        let parts = text.split(separator: "$", omittingEmptySubsequences: false)
        guard parts.count == 5, parts[0].isEmpty, parts[1] == "scrypt" else { return nil }
        var costs: [Substring: Int] = [:]
        for cost in parts[2].split(separator: ",") {
            let pair = cost.split(separator: "=")
            guard pair.count == 2, let value = Int(pair[1]) else { return nil }
            costs[pair[0]] = value
        }
        guard let logRounds = costs["ln"], let blockSize = costs["r"], let parallelism = costs["p"] else { return nil }
        let parameters = ScryptParameters(logRounds: logRounds, blockSize: blockSize, parallelism: parallelism)
        guard parameters.isReasonable, !parts[3].isEmpty, !parts[4].isEmpty else { return nil }
        self.parameters = parameters
        self.salt = String(parts[3])
        self.key = String(parts[4])
    }

    /// What is stored.
    package var text: String {
        let costs = "ln=\(self.parameters.logRounds),r=\(self.parameters.blockSize),p=\(self.parameters.parallelism)"
        return "$scrypt$\(costs)$\(self.salt)$\(self.key)"
    }

    /// Whether this is the password that was hashed.
    package func matches(_ password: String) throws -> Bool {
        let candidate = try Self.derive(password, salt: self.salt, parameters: self.parameters)
        return equalInConstantTime(candidate, self.key)
    }

    private static func derive(_ password: String, salt: String, parameters: ScryptParameters) throws -> String {
        // Precomposed, so that an accent typed on another keyboard is the same password.
        let password = Data(password.precomposedStringWithCanonicalMapping.utf8)
        let key = try KDF.Scrypt.deriveKey(
            from: password, salt: Data(salt.utf8), outputByteCount: 32, rounds: 1 << parameters.logRounds,
            blockSize: parameters.blockSize, parallelism: parameters.parallelism)
        return key.withUnsafeBytes { Data($0) }.base64URLEncoded
    }
}
