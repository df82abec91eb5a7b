import Foundation

// What the server tells, as far as `photoctl` has something to do with it. The rest is in ``APIClient/Answer/json``.

/// Who is signed in.
package struct Session: Decodable, Sendable {
    package let user: String
    package let role: String
    package let scopes: [String]
    let csrfToken: String
}

package struct Display: Decodable, Sendable {
    /// What became of the newest command.
    package struct Command: Decodable, Sendable {
        package let topic: String
        /// The command's id.
        package let revision: Int64
        /// `sent`, `done`, `skipped`, `failed` or `unanswered`.
        package let state: String
        package let ms: Int?
        package let reason: String?
    }

    package let id: String
    package let name: String
    /// `viewer`, `browser` or `legacy`.
    package let kind: String
    package let liveness: String
    package let livenessText: String
    package let deliveryState: String
    package let deliveryText: String
    package let album: Int64?
    package let shownAlbum: Int64?
    package let group: Int64?
    package let power: String
    package let width: Int
    package let height: Int
    package let settings: [String: JSON]
    package let showingName: String?
    package let nextName: String?
    package let paused: Bool
    package let command: Command?
    package let lastCommand: String?
    package let version: String?
    package let ip: String?
    package let warnings: [String]
}

package struct Photo: Decodable, Sendable {
    package let id: Int64
    package let name: String
    package let title: String?
    package let caption: String?
    package let width: Int
    package let height: Int
    package let bytes: Int
    package let format: String
    package let taken: String?
    package let camera: String?
    package let lens: String?
    package let rating: Int
    package let favourite: Bool
    package let hidden: Bool
    package let binned: Bool
}

package struct PhotoDetail: Decodable, Sendable {
    package let photo: Photo
    package let keywords: [String]
    package let placeKnown: Bool
    package let placeShown: Bool
}

/// A change that can be undone.
package struct Edit: Decodable, Sendable {
    package let id: Int64
    package let at: Date
    package let summary: String
    package let undone: Bool
}

/// The answer to a change: what to undo, absent where nothing differed.
package struct EditAnswer: Decodable, Sendable {
    package let edit: Edit?
}

package struct Album: Decodable, Sendable {
    package let id: Int64
    package let name: String
    package let photoCount: Int
    package let isSmart: Bool
    package let rule: JSON?
    package let edit: Edit?
}

package struct Keyword: Decodable, Sendable {
    package let keyword: String
    package let count: Int
}

package struct DisplayGroup: Decodable, Sendable {
    package struct Member: Decodable, Sendable {
        package let id: String
        package let name: String
        package let photos: Int?
    }

    package let id: Int64
    package let name: String
    package let album: Int64?
    package let albumName: String?
    package let mode: String
    package let inStep: Bool
    package let settings: [String: JSON]
    package let displays: [Member]
    package let ruleCount: Int
    package let text: String
}

/// One line of a schedule.
package struct ScheduleRule: Codable, Sendable {
    package var album: Int64
    package var days: [String]?
    package var from: String?
    package var to: String?
    package var firstDay: String?
    package var lastDay: String?
    package var everyYear: Bool?
    package var priority: Int?

    package init(
        album: Int64, days: [String]? = nil, from: String? = nil, to: String? = nil, firstDay: String? = nil,
        lastDay: String? = nil, everyYear: Bool? = nil, priority: Int? = nil
    ) {
        self.album = album
        self.days = days
        self.from = from
        self.to = to
        self.firstDay = firstDay
        self.lastDay = lastDay
        self.everyYear = everyYear
        self.priority = priority
    }
}

/// What a display or a group shows at a moment.
package struct PlannedMoment: Decodable, Sendable {
    package let text: String
}

package struct PlannedWeek: Decodable, Sendable {
    package struct Day: Decodable, Sendable {
        package struct Stretch: Decodable, Sendable {
            package let from: String
            package let to: String
            package let name: String?
            package let text: String
        }

        package let date: String
        package let weekday: String
        package let stretches: [Stretch]
    }

    package let timeZone: String
    package let days: [Day]
}

package struct Reasons: Decodable, Sendable {
    package let photo: String
    package let sentences: [String]
}

/// Who set what.
package struct SettingEdit: Decodable, Sendable {
    package struct Change: Decodable, Sendable {
        package let field: String
        package let beforeText: String
        package let afterText: String
    }

    package let id: Int64
    package let at: Date
    package let who: String
    package let changes: [Change]
}

/// A display whose screen shows a code.
package struct PendingDisplay: Decodable, Sendable {
    package let code: String
    package let name: String?
    package let kind: String
    package let width: Int
    package let height: Int
    package let address: String
}

package struct User: Decodable, Sendable {
    package let id: Int64
    package let name: String
    package let role: String
    package let createdAt: Date
    package let sessions: Int
    /// Since when nobody can use the account; nil where it can be used.
    package let disabledAt: Date?
}

/// A link that makes an account, or a new password. The link itself is in the answer that made it, and nowhere else.
package struct AccountLink: Decodable, Sendable {
    package let id: Int64
    package let role: String
    package let madeBy: String
    package let expiresAt: Date
    package let url: String?
}

package struct UploadLink: Decodable, Sendable {
    package let id: Int64
    package let label: String
    package let album: Int64
    package let albumName: String
    package let madeBy: String
    package let expiresAt: Date
    package let filesLeft: Int
    package let url: String?
}

package struct Token: Decodable, Sendable {
    package let id: Int64
    package let name: String
    package let scopes: [String]
    package let createdAt: Date
    package let expiresAt: Date
    package let lastUsedAt: Date?
    /// Only in the answer that made it.
    package let secret: String?
}

package struct SignIn: Decodable, Sendable {
    package let id: String
    package let agent: String?
    package let address: String?
    package let createdAt: Date
    package let expiresAt: Date
    package let isCurrent: Bool
}

package struct AuditEntry: Decodable, Sendable {
    package let id: Int64
    package let at: Date
    package let who: String
    package let through: String
    package let address: String
    package let times: Int
    package let text: String
}

/// An upload that somebody may go on with.
package struct UnfinishedUpload: Decodable, Sendable {
    package let id: String
    package let filename: String
    package let size: Int
    package let offset: Int
    package let album: Int64?
    package let idleSeconds: Int
}

/// A list under one member: `{"albums": […]}`.
package struct Listing<Element: Decodable & Sendable>: Decodable, Sendable {
    package let elements: [Element]

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: AnyKey.self)
        var lists: [[Element]] = []
        for key in container.allKeys {
            if let list = try? container.decode([Element].self, forKey: key) { lists.append(list) }
        }
        guard lists.count == 1 else {
            // Says which member is wrong, where one is.
            if let key = container.allKeys.first { _ = try container.decode([Element].self, forKey: key) }
            throw DecodingError.dataCorrupted(.init(codingPath: decoder.codingPath, debugDescription: "no list"))
        }
        self.elements = lists[0]
    }
}

struct AnyKey: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
