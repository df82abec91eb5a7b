import NIOHPACK

extension GRPCStatus {
    /// The `grpc-message` header allows printable ASCII except `%`; everything else is percent-encoded UTF-8.
    package static func percentEncode(_ text: String) -> String {
        func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte <= 0x7e && byte != UInt8(ascii: "%") }
        guard !text.utf8.allSatisfy(isPlain) else { return text }
        let hexDigits = Array("0123456789ABCDEF".utf8)
        var encoded: [UInt8] = []
        for byte in text.utf8 {
            if isPlain(byte) {
                encoded.append(byte)
            } else {
                encoded += [UInt8(ascii: "%"), hexDigits[Int(byte >> 4)], hexDigits[Int(byte & 15)]]
            }
        }
        return String(decoding: encoded, as: UTF8.self)
    }

    /// Undoes ``percentEncode(_:)``. A stray `%` stays as it is: a text that cannot be decoded is still worth showing.
    package static func percentDecode(_ text: String) -> String {
        guard text.utf8.contains(UInt8(ascii: "%")) else { return text }
        let bytes = Array(text.utf8)
        var decoded: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == UInt8(ascii: "%"), index + 2 < bytes.count,
                let byte = UInt8(String(decoding: bytes[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
            {
                decoded.append(byte)
                index += 3
            } else {
                decoded.append(bytes[index])
                index += 1
            }
        }
        return String(decoding: decoded, as: UTF8.self)
    }

    /// Adds `grpc-status` and, if there is a text, `grpc-message`.
    func add(to headers: inout HPACKHeaders) {
        headers.add(name: "grpc-status", value: String(self.code.rawValue))
        if !self.message.isEmpty {
            headers.add(name: "grpc-message", value: Self.percentEncode(self.message))
        }
    }

    /// Reads the status a server put into its trailers, or `nil` if there is none.
    init?(trailers: HPACKHeaders) {
        guard let number = trailers.first(name: "grpc-status") else { return nil }
        guard let code = Int(number), code >= 0 else {
            self.init(.unknown, "the server sent the malformed grpc-status \"\(number)\"")
            return
        }
        self.init(Code(rawValue: code), Self.percentDecode(trailers.first(name: "grpc-message") ?? ""))
    }

    /// The status that the gRPC specification assigns to an answer that is not gRPC.
    init(httpStatus: String) {
        let code: Code =
            switch httpStatus {
            case "400": .internalError
            case "401": .unauthenticated
            case "403": .permissionDenied
            case "404": .unimplemented
            case "429", "502", "503", "504": .unavailable
            default: .unknown
            }
        self.init(code, "the server answered with HTTP status \(httpStatus) instead of gRPC")
    }
}
