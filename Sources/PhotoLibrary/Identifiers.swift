import GRDB

/// A photo's number in the library. Never used again after the photo is deleted.
package struct PhotoID: RawRepresentable, Hashable, Codable, Sendable, DatabaseValueConvertible {
    package let rawValue: Int64
    package init(rawValue: Int64) { self.rawValue = rawValue }
    package init(_ number: Int64) { self.rawValue = number }
}

/// An album's number in the library. Never used again after the album is deleted.
package struct AlbumID: RawRepresentable, Hashable, Codable, Sendable, DatabaseValueConvertible {
    package let rawValue: Int64
    package init(rawValue: Int64) { self.rawValue = rawValue }
    package init(_ number: Int64) { self.rawValue = number }
}

/// A user's number in the library.
package struct UserID: RawRepresentable, Hashable, Codable, Sendable, DatabaseValueConvertible {
    package let rawValue: Int64
    package init(rawValue: Int64) { self.rawValue = rawValue }
    package init(_ number: Int64) { self.rawValue = number }
}
