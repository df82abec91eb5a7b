import AsyncHTTPClient
import Foundation
import NIOCore
import NIOFoundationCompat
import NIOHTTP1
import NIOPosix
import NIOSSL

extension APIClient {
    /// What the server said against a request.
    func refusal(_ response: HTTPClientResponse) async throws -> APIError {
        struct Problem: Decodable {
            let code: String
            let detail: String
            let remedy: String?
        }
        let status = Int(response.status.code)
        let wait = response.headers["retry-after"].first.flatMap { Int($0) }
        let isProblem = response.headers["content-type"].first?.hasPrefix("application/problem+json") == true
        if isProblem, let body = try? await self.body(of: response),
            let problem = try? JSONDecoder().decode(Problem.self, from: body)
        {
            return APIError(
                .refused(status), problem.detail, code: problem.code, remedy: problem.remedy, retryAfterSeconds: wait)
        }
        if (300..<400).contains(status) {
            let place = response.headers["location"].first.map { " (\($0))" } ?? ""
            return APIError(
                .unintelligible, "\(self.base) answers that it is elsewhere\(place).",
                remedy: "Log in with the address that browsers end up with.")
        }
        return APIError(
            .refused(status), "\(self.base) answers \(status) \(response.status.reasonPhrase).",
            remedy: status == 404 ? "Is this the address of a photo server, and one of this version?" : nil,
            retryAfterSeconds: wait)
    }

    /// What a failure of the line means.
    func explained(_ error: any Error) -> any Error {
        switch error {
        case is CancellationError, is APIError:
            return error
        case let error as HTTPClientError where error == .cancelled:
            return CancellationError()
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            let why = "\(error)".contains("CERTIFICATE_VERIFY_FAILED") || error is NIOSSLExtraError
            return APIError(
                .untrusted,
                why
                    ? "The certificate of \(self.base) is not one that this machine trusts."
                    : "\(self.base) does not speak TLS: \(error)",
                remedy: why
                    ? "Give --ca-file, with --tls-own the file tls/ca.pem in the server's data folder, and the host "
                        + "name that the certificate is for."
                    : "Is it http:// there?")
        case let error as NIOConnectionError where error.connectionErrors.isEmpty:
            return self.unreachable("there is no host of that name")
        case let error as NIOConnectionError:
            return self.unreachable(error.connectionErrors.first.map { Self.words($0.error) } ?? "")
        default:
            return self.unreachable(Self.words(error))
        }
    }

    private func unreachable(_ why: String) -> APIError {
        APIError(
            .unreachable, "\(self.base) cannot be reached: \(why).",
            remedy: "Is the server running there, and is that its address?")
    }

    private static func words(_ error: any Error) -> String {
        switch error {
        case let error as IOError: String(cString: strerror(error.errnoCode)).lowercased()
        case let error as HTTPClientError where error == .connectTimeout: "nothing answers"
        case let error as HTTPClientError where error == .readTimeout || error == .deadlineExceeded:
            "it does not answer in time"
        case let error as HTTPClientError where error == .remoteConnectionClosed: "the connection was closed"
        default: "\(error)"
        }
    }
}
