import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

extension JSONEncoder {
    /// How the API writes JSON: ISO 8601 dates, sorted keys so that answers can be compared.
    static var api: JSONEncoder {
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }
}

extension Response {
    /// An answer in JSON that no cache keeps.
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        let data = try JSONEncoder.api.encode(value)
        return Response(
            status: status,
            headers: [.contentType: "application/json; charset=utf-8", .cacheControl: "no-store"],
            body: .init(byteBuffer: ByteBuffer(bytes: data)))
    }
}

extension Request {
    /// Whether it says that its body is JSON.
    var isJSON: Bool {
        let type = self.headers[.contentType]?.split(separator: ";").first?.trimmingCharacters(in: .whitespaces)
        return type?.lowercased() == "application/json"
    }

    /// Decodes a JSON body of at most 1 MiB; no body at all reads as `{}`.
    ///
    /// Asks for `application/json`, which a form on another site's page cannot send without asking first.
    func json<Value: Decodable>(_ type: Value.Type) async throws -> Value {
        let body = try await self.body.collect(upTo: RequestLimits.jsonBytes)
        guard body.readableBytes == 0 || self.isJSON else {
            throw Problem(
                .unsupportedMediaType, "json-expected", "This route reads JSON.",
                remedy: "Send Content-Type: application/json.")
        }
        let data = body.readableBytes == 0 ? Data("{}".utf8) : Data(body.readableBytesView)
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch let error as DecodingError {
            throw Problem.badRequest(error.sentence)
        }
    }
}

extension DecodingError {
    /// Which member is wrong, without quoting what was sent.
    var sentence: String {
        func path(_ context: Context, _ last: (any CodingKey)? = nil) -> String {
            (context.codingPath + (last.map { [$0] } ?? [])).map(\.stringValue).joined(separator: ".")
        }
        switch self {
        case .keyNotFound(let key, let context): return "The member \"\(path(context, key))\" is missing."
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "The member \"\(path(context))\" has the wrong type."
        case .dataCorrupted(let context) where !context.codingPath.isEmpty:
            return "The member \"\(path(context))\" has a value that is not allowed."
        default: return "The body is not valid JSON."
        }
    }
}
