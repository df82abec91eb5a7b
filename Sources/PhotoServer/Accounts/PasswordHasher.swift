/// Hashes and checks passwords one after the other: each run takes 32 MiB, and sign-ins must not take all of both.
package actor PasswordHasher {
    private let parameters: ScryptParameters
    /// Compared with when the name is unknown, so that a stranger cannot tell names by the time an answer takes.
    private var decoy: PasswordHash?

    package init(parameters: ScryptParameters = .standard) {
        self.parameters = parameters
    }

    /// The text to keep for a new password.
    package func hash(_ password: String) throws -> String {
        try PasswordHash(of: password, parameters: self.parameters).text
    }

    /// Whether `password` is the one that `stored` was made from; false for no stored hash, in the same time.
    package func check(_ password: String, against stored: String?) throws -> Bool {
        if let stored, let hash = PasswordHash(text: stored) {
            return try hash.matches(password)
        }
        let decoy = try self.decoy ?? PasswordHash(of: SecretToken().text, parameters: self.parameters)
        self.decoy = decoy
        _ = try decoy.matches(password)
        return false
    }
}
