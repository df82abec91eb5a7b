import NIOCore
import NIOHPACK
import NIOHTTP2

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

    /// - Throws: ``GRPCStatus`` for an answer that is not gRPC as specified; the call is then over.
    mutating func read(_ frame: HTTP2Frame.FramePayload) throws(GRPCStatus) -> Event? {
        switch frame {
        case .headers(let payload):
            return try self.read(payload.headers, isLast: payload.endStream)
        case .data(let payload):
            guard self.hasHeaders else { throw GRPCStatus(.internalError, "the answer has data before its headers") }
            if case .byteBuffer(var bytes) = payload.data { self.decoder.append(&bytes) }
            var messages: [ByteBuffer] = []
            do {
                while let message = try self.decoder.next() { messages.append(message) }
            } catch {
                self.hasRefusedMessage = true
                throw error
            }
            guard !payload.endStream else {
                throw GRPCStatus(.internalError, "the answer ended without a status")
            }
            return messages.isEmpty ? nil : .messages(messages)
        default:
            return nil
        }
    }

    private mutating func read(_ headers: HPACKHeaders, isLast: Bool) throws(GRPCStatus) -> Event? {
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

extension GRPCCallFailure {
    /// What a broken stream means for its call.
    init(streamError error: any Error, wasSent: Bool) {
        guard let closed = error as? NIOHTTP2Errors.StreamClosed else {
            self.init(.unavailable, "the stream broke: \(error)", reach: wasSent ? .sent : .notSent)
            return
        }
        switch closed.errorCode {
        case .refusedStream:
            // The server says that it did not look at the call, or went away before it.
            self.init(.unavailable, "the server refused the call", reach: .notSent)
        case .enhanceYourCalm:
            self.init(.resourceExhausted, "the server asked to slow down", reach: .sent)
        case .cancel:
            self.init(.cancelled, "the server reset the call", reach: .sent)
        default:
            self.init(.unavailable, "the server reset the call: \(closed.errorCode)", reach: .sent)
        }
    }
}
