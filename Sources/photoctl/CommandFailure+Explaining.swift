import CommandLineSupport
import EtcdClient
import PhotoAPI
import StoreTransfer

extension CommandFailure {
    /// What a failure of the libraries means for the person who typed the command; `nil` for any other error.
    init?(explaining error: any Error) {
        switch error {
        case let error as TransferError: self.init(error)
        case let error as EtcdError: self.init(error)
        case let error as APIError: self.init(error)
        default: return nil
        }
    }

    private init(_ error: TransferError) {
        let status: Status =
            switch error.code {
            case .badFile: .badInput
            case .exists, .inUse: .cannotCreate
            case .file: .ioError
            default: .failure
            }
        self.init(status, error.message, remedy: error.remedy)
    }

    private init(_ error: EtcdError) {
        let place = error.endpoint.map { " (\($0))" } ?? ""
        let message = "\(error.message)\(place)"
        switch error.code {
        case .unavailable, .deadlineExceeded:
            self.init(
                .unavailable, message, remedy: "Is the store running there? Run the same command again when it is.")
        case .badConfiguration:
            self.init(.configuration, message)
        case .permissionDenied:
            self.init(.noPermission, message, remedy: "Give a --user who may do this; root may do everything.")
        case .unauthenticated, .authenticationFailed:
            self.init(.noPermission, message, remedy: "Give --user, and its password by --password-file.")
        case .noSpace:
            self.init(
                .ioError, message,
                remedy: "The store is full. Raise its quota, or compact and defragment it, disarm its alarm, and go on."
            )
        default:
            self.init(.failure, message)
        }
    }

    /// What the server said, in its own words, which may quote what others wrote.
    private init(_ error: APIError) {
        let status: Status =
            switch error.kind {
            case .unreachable, .refused(429), .refused(502...504): .unavailable
            case .untrusted: .unavailable
            case .refused(401), .refused(403): .noPermission
            case .refused(404), .refused(410): .noInput
            case .refused(412): .tryAgain
            case .refused(400..<500): .badInput
            case .refused(507): .ioError
            case .badConfiguration: .usage
            case .refused, .unintelligible: .failure
            }
        let code = error.code.map { " (\(TerminalText.escaped($0)))" } ?? ""
        var message = TerminalText.escaped(error.message)
        if message.hasSuffix(".") { message.removeLast() }
        self.init(status, message + code, remedy: error.remedy.map { TerminalText.escaped($0) })
    }
}
