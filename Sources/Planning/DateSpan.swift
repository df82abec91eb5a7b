/// Days on which something holds, both ends included.
package enum DateSpan: Hashable, Sendable {
    case always
    /// A missing end is open.
    case between(LocalDate?, LocalDate?)
    /// Every year; over New Year when `to` is before `from`.
    case everyYear(YearlyDate, YearlyDate)

    package func contains(_ date: LocalDate) -> Bool {
        switch self {
        case .always: return true
        case .between(let from, let to): return (from.map { date >= $0 } ?? true) && (to.map { date <= $0 } ?? true)
        case .everyYear(let from, let to):
            let (_, month, day) = date.parts
            guard let today = YearlyDate(month: month, day: day) else { return false }
            return from <= to ? from <= today && today <= to : today >= from || today <= to
        }
    }
}
