import DisplayChannel

/// What the server gave this display when it was admitted.
package struct Credentials: Codable, Hashable, Sendable {
    /// For HTTP, as `Authorization: Bearer`.
    package var token: String
    package var etcd: Etcd
    package var display: Display

    package struct Etcd: Codable, Hashable, Sendable {
        package var endpoints: [String]
        package var user: String?
        package var password: String?
        /// Certificates to trust, PEM; nil trusts the system's.
        package var ca: String?

        package init(endpoints: [String], user: String? = nil, password: String? = nil, ca: String? = nil) {
            self.endpoints = endpoints
            self.user = user
            self.password = password
            self.ca = ca
        }
    }

    package struct Display: Codable, Hashable, Sendable {
        package var id: DisplayID
        package var name: String?

        package init(id: DisplayID, name: String? = nil) {
            self.id = id
            self.name = name
        }
    }

    package init(token: String, etcd: Etcd, display: Display) {
        self.token = token
        self.etcd = etcd
        self.display = display
    }
}

/// How a display asks to be admitted.
package struct Registration: Encodable, Hashable, Sendable {
    package var id: DisplayID
    package var secret: String
    package var name: String?
    package var width: Int
    package var height: Int
    /// The server's one-time token for displays on its own machine; skips the approval.
    package var token: String?

    package init(id: DisplayID, secret: String, name: String?, width: Int, height: Int, token: String?) {
        self.id = id
        self.secret = secret
        self.name = name
        self.width = width
        self.height = height
        self.token = token
    }
}

/// What the server says to a registration.
package enum RegistrationAnswer: Hashable, Sendable {
    case approved(Credentials)
    /// Somebody has to admit the display; ask again.
    case pending(PendingRegistration)
}

/// A registration that waits for an administrator.
package struct PendingRegistration: Hashable, Sendable {
    /// What to ask again with.
    package var registration: String
    /// What an administrator types; nil from servers where a click admits the display.
    package var code: String?
    /// Where the code is typed, when it is not the server's first page.
    package var page: String?

    package init(registration: String, code: String? = nil, page: String? = nil) {
        self.registration = registration
        self.code = code
        self.page = page
    }
}
