import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// Answers with a file whose content never changes under its address: entity tag, conditional requests and ranges
/// (RFC 9110, sections 13 and 14), streamed.
enum FileResponse {
    /// - Parameters:
    ///   - tag: Names the content, such as its hash.
    ///   - isPrivate: Whether only the asker's own cache may keep it.
    ///   - path: Finds or makes the file; not called when the asker has it already.
    static func immutable(
        _ request: Request, _ context: some RequestContext, mediaType: String, tag: String, isPrivate: Bool,
        path: () async throws -> String
    ) async throws -> Response {
        let entityTag = "\"\(tag)\""
        let cache = "\(isPrivate ? "private" : "public"), max-age=31536000, immutable"
        var headers: HTTPFields = [.eTag: entityTag, .cacheControl: cache]
        if Self.matches(request.headers[.ifNoneMatch], entityTag) {
            return Response(status: .notModified, headers: headers)
        }
        let path = try await path()
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        let size = (attributes[.size] as? NSNumber)?.intValue ?? 0
        headers[.contentType] = mediaType
        headers[.acceptRanges] = "bytes"

        let isCurrent = request.headers[.ifRange].map { $0 == entityTag } ?? true
        guard isCurrent, let range = request.headers[.range].flatMap({ ByteRange(header: $0, size: size) }) else {
            let body = try await FileIO().loadFile(path: path, context: context)
            return Response(status: .ok, headers: headers, body: body)
        }
        switch range {
        case .satisfiable(let bytes):
            headers[.contentRange] = "bytes \(bytes.lowerBound)-\(bytes.upperBound)/\(size)"
            let body = try await FileIO().loadFile(path: path, range: bytes, context: context)
            return Response(status: .partialContent, headers: headers, body: body)
        case .unsatisfiable:
            throw Problem(
                .rangeNotSatisfiable, "range-not-satisfiable", "The file ends before this range.",
                headers: [.contentRange: "bytes */\(size)"])
        }
    }

    static func matches(_ header: String?, _ entityTag: String) -> Bool {
        guard let header else { return false }
        return header.split(separator: ",").contains { part in
            let part = part.trimmingCharacters(in: .whitespaces)
            return part == "*" || part == entityTag || part == "W/" + entityTag
        }
    }
}

/// The one range of a `Range` header. Several ranges, other units and nonsense read as nil: then the whole is sent, as
/// RFC 9110, section 14.2 allows.
enum ByteRange: Equatable {
    case satisfiable(ClosedRange<Int>)
    case unsatisfiable

    init?(header: String, size: Int) {
        guard header.hasPrefix("bytes=") else { return nil }
        let parts = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return nil }
        func number(_ text: Substring) -> Int? {
            text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) } ? Int(text) : nil
        }
        switch (parts[0].isEmpty, parts[1].isEmpty) {
        case (true, true): return nil
        case (true, false):
            guard let length = number(parts[1]) else { return nil }
            self = length > 0 && size > 0 ? .satisfiable(max(0, size - length)...(size - 1)) : .unsatisfiable
        case (false, let isOpen):
            guard let first = number(parts[0]) else { return nil }
            let last = isOpen ? size - 1 : number(parts[1])
            guard let last, isOpen || last >= first else { return nil }
            self = first < size ? .satisfiable(first...min(last, size - 1)) : .unsatisfiable
        }
    }
}
