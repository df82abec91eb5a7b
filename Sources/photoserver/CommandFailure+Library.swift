import CommandLineSupport
import PhotoLibrary

extension CommandFailure {
    /// What the library refuses, in its words, with an exit status.
    init(_ error: PhotoLibraryError) {
        let status: Status =
            switch error.code {
            case .notFound: .noInput
            case .inUse: .unavailable
            default: .ioError
            }
        self.init(status, error.message)
    }
}

/// Ends with a ``CommandFailure`` where the library refuses.
func explainingLibraryErrors<Value>(_ work: () async throws -> Value) async throws -> Value {
    do {
        return try await work()
    } catch let error as PhotoLibraryError {
        throw CommandFailure(error)
    }
}
