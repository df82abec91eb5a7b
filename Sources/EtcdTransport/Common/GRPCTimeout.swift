import NIOCore

/// The `grpc-timeout` header: at most eight digits and a unit.
package enum GRPCTimeout {
    /// Reads a header value; `nil` if it is malformed.
    package static func parse(_ value: String) -> TimeAmount? {
        guard value.utf8.count >= 2, value.utf8.count <= 9, let unit = value.utf8.last,
            value.utf8.dropLast().allSatisfy({ $0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9") }),
            let number = Int64(value.dropLast())
        else { return nil }
        let unitNanoseconds: Int64
        switch unit {
        case UInt8(ascii: "H"): unitNanoseconds = 3_600_000_000_000
        case UInt8(ascii: "M"): unitNanoseconds = 60_000_000_000
        case UInt8(ascii: "S"): unitNanoseconds = 1_000_000_000
        case UInt8(ascii: "m"): unitNanoseconds = 1_000_000
        case UInt8(ascii: "u"): unitNanoseconds = 1_000
        case UInt8(ascii: "n"): unitNanoseconds = 1
        default: return nil
        }
        let (product, overflow) = number.multipliedReportingOverflow(by: unitNanoseconds)
        // 36 years: as good as for ever, and still addable to the current time.
        let longest: Int64 = 1 << 60
        return .nanoseconds(overflow ? longest : min(product, longest))
    }

    /// Spells a header value in the finest unit that fits, never below one nanosecond.
    package static func format(_ timeout: TimeAmount) -> String {
        let nanoseconds = max(1, timeout.nanoseconds)
        let limit: Int64 = 99_999_999
        for (unit, size) in [("n", 1), ("u", 1_000), ("m", 1_000_000), ("S", 1_000_000_000)] as [(String, Int64)]
        where nanoseconds / size <= limit {
            return "\(nanoseconds / size)\(unit)"
        }
        return "\(min(limit, nanoseconds / 3_600_000_000_000))H"
    }
}
