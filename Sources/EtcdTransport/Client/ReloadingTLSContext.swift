import Foundation
import Logging
import NIOSSL
import Synchronization

/// The TLS context for new connections. Its files are read again when one of them has changed, so that certificates can
/// be replaced while the client runs. Connections that stand keep what they began with.
final class ReloadingTLSContext: Sendable {
    /// What tells a changed file from an unchanged one without reading it.
    private struct Stamp: Equatable {
        var modified: Date?
        var size: Int?
        var number: Int?
    }

    private struct Loaded {
        let context: NIOSSLContext
        let stamps: [Stamp]
    }

    private let files: TransportTLS
    private let logger: Logger
    private let loaded = Mutex<Loaded?>(nil)

    init(_ files: TransportTLS, logger: Logger) {
        self.files = files
        self.logger = logger
    }

    /// The context of the files as they are now. While they cannot be used, perhaps because only one of two that belong
    /// together has been replaced yet, the last one that could.
    ///
    /// - Throws: ``TransportTLS/InvalidFile`` if there never was one.
    func current() throws -> NIOSSLContext {
        let stamps = self.stamps()
        return try self.loaded.withLock { loaded in
            if let known = loaded, known.stamps == stamps { return known.context }
            do {
                let context = try self.files.clientContext()
                if loaded != nil { self.logger.info("TLS files read again") }
                loaded = Loaded(context: context, stamps: stamps)
                return context
            } catch {
                guard let known = loaded else {
                    throw (error as? TransportTLS.InvalidFile)
                        ?? TransportTLS.InvalidFile(description: "the TLS files cannot be used: \(error)")
                }
                self.logger.warning(
                    "changed TLS files cannot be used yet; the ones before stay in use",
                    metadata: ["error": "\(error)"])
                return known.context
            }
        }
    }

    private func stamps() -> [Stamp] {
        [self.files.authorityFile, self.files.certificateFile, self.files.privateKeyFile].map { file in
            guard let file, let attributes = try? FileManager.default.attributesOfItem(atPath: file) else {
                return Stamp()
            }
            return Stamp(
                modified: attributes[.modificationDate] as? Date,
                size: (attributes[.size] as? NSNumber)?.intValue,
                number: (attributes[.systemFileNumber] as? NSNumber)?.intValue)
        }
    }
}
