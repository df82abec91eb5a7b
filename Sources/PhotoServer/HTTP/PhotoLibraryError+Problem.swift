import HTTPTypes
import PhotoLibrary

/// The one table from what the library refuses to what HTTP says. The library's messages are for people already.
extension PhotoLibraryError: ProblemConvertible {
    var problem: Problem {
        let status: HTTPResponse.Status =
            switch self.code {
            case .notFound: .notFound
            case .nameTaken, .conflict: .conflict
            case .invalidName, .invalidChange, .invalidRule: .unprocessableContent
            case .forbidden, .setupTokenInvalid: .forbidden
            case .removed: .gone
            case .stale: .preconditionFailed
            case .full, .busy: .serviceUnavailable
            case .empty, .damaged, .tooManyPixels: .unprocessableContent
            case .unsupportedFormat: .unsupportedMediaType
            case .tooLarge: .contentTooLarge
            case .diskFull: .insufficientStorage
            default: .internalServerError
            }
        let code = self.code.description.reduce(into: "") { text, character in
            text += character.isUppercase ? "-" + character.lowercased() : String(character)
        }
        if status == .internalServerError, self.code == .storage {
            // Its message may name files.
            return Problem(
                status, code, "The library could not be read or written.", remedy: "Look into the server's log.")
        }
        return Problem(status, code, self.message)
    }
}

extension HTTPResponse.Status {
    /// RFC 4918, section 11.5.
    fileprivate static let insufficientStorage = Self(code: 507, reasonPhrase: "Insufficient Storage")
}
