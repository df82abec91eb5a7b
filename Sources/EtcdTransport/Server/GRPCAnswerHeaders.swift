import NIOCore

/// Encodes the few headers that a gRPC server sends.
///
/// Without the dynamic table of HPACK (RFC 7541): a connection then needs no memory for one, and no setting of the
/// client's can put it out of step.
enum GRPCAnswerHeaders {
    /// `:status: 200` and `content-type: application/grpc`.
    static let answer: [UInt8] = Self.encode(httpStatus: "200") + Self.contentType
    /// `grpc-status: 0`.
    static let ok: [UInt8] = Self.encode([("grpc-status", "0")])

    /// The headers of an answer that is only a status.
    static func refusal(httpStatus: String, _ status: GRPCStatus) -> [UInt8] {
        Self.encode(httpStatus: httpStatus) + Self.contentType + Self.trailers(status)
    }

    /// The headers of an answer that is not gRPC.
    static func plain(httpStatus: Int, contentType: String, length: Int) -> [UInt8] {
        Self.encode(httpStatus: String(httpStatus))
            + Self.encode([("content-type", contentType), ("content-length", String(length))])
    }

    static func trailers(_ status: GRPCStatus) -> [UInt8] {
        var fields = [("grpc-status", String(status.code.rawValue))]
        if !status.message.isEmpty { fields.append(("grpc-message", GRPCStatus.percentEncode(status.message))) }
        return Self.encode(fields)
    }

    private static let contentType: [UInt8] = [0x0f, 0x10] + HPACKLiteral.text("application/grpc")

    private static func encode(httpStatus: String) -> [UInt8] {
        // 200 is in the static table; other values are spelled, with the name from the table.
        httpStatus == "200" ? [0x88] : [0x08] + HPACKLiteral.text(httpStatus)
    }

    /// Literal fields with literal names, not for any table.
    private static func encode(_ fields: [(name: String, value: String)]) -> [UInt8] {
        fields.flatMap { [0x00] + HPACKLiteral.text($0.name) + HPACKLiteral.text($0.value) }
    }
}
