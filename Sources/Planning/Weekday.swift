/// A day of the week, Monday first as in ISO 8601.
package enum Weekday: String, CaseIterable, Codable, Sendable {
    case monday = "mon"
    case tuesday = "tue"
    case wednesday = "wed"
    case thursday = "thu"
    case friday = "fri"
    case saturday = "sat"
    case sunday = "sun"
}
