import NIOCore
import NIOHPACK

/// Makes messages and an end out of the frames that answer a call. Pure: shared by unary and streaming calls.
struct GRPCResponseReader {
    enum Event {
        case messages([ByteBuffer])
        case ended(GRPCStatus)
    }

    private var decoder: GRPCMessageDecoder
    private var hasHeaders = false
    /// Whether an answer came whose message is not taken here.
    private(set) var hasRefusedMessage = false

    init(maximumMessageBytes: Int) {
        self.decoder = GRPCMessageDecoder(maximumMessageBytes: maximumMessageBytes)
    }

    /// Takes the payload of a DATA frame.
    ///
    /// - Throws: ``GRPCStatus`` for an answer that is not gRPC as specified; the call is then over.
    mutating func read(_ payload: ByteBuffer, isLast: Bool) throws(GRPCStatus) -> Event? {
        guard self.hasHeaders else { throw GRPCStatus(.internalError, "the answer has data before its headers") }
        var payload = payload
        self.decoder.append(&payload)
        var messages: [ByteBuffer] = []
        do {
            while let message = try self.decoder.next() { messages.append(message) }
        } catch {
            self.hasRefusedMessage = true
            throw error
        }
        guard !isLast else { throw GRPCStatus(.internalError, "the answer ended without a status") }
        return messages.isEmpty ? nil : .messages(messages)
    }

    /// Takes headers or trailers.
    ///
    /// - Throws: As for the payload of a DATA frame.
    mutating func read(_ headers: HPACKHeaders, isLast: Bool) throws(GRPCStatus) -> Event? {
        if !self.hasHeaders {
            let httpStatus = headers.first(name: ":status") ?? ""
            // An interim answer such as 100 says nothing yet.
            if httpStatus.hasPrefix("1"), !isLast { return nil }
            guard httpStatus == "200" else {
                throw GRPCStatus(trailers: headers) ?? GRPCStatus(httpStatus: httpStatus)
            }
            self.hasHeaders = true
            if !isLast {
                guard let type = headers.first(name: "content-type"), type.hasPrefix("application/grpc") else {
                    throw GRPCStatus(.unknown, "the answer's content-type is not application/grpc")
                }
                return nil
            }
        }
        guard isLast else { throw GRPCStatus(.internalError, "the answer has headers in its middle") }
        guard let status = GRPCStatus(trailers: headers) else {
            throw GRPCStatus(.internalError, "the answer ended without a status")
        }
        if status.code == .ok, self.decoder.hasPartialMessage {
            throw GRPCStatus(.internalError, "the answer ended within a message")
        }
        return .ended(status)
    }
}
