import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Tells the person, or the script, that started a program something they wait for.
package enum Announcement {
    /// Writes one line to stdout at once: `print` would hold it back in a buffer when stdout is a pipe or a file.
    /// Where nobody reads it, nothing is lost that somebody would miss.
    package static func line(_ text: String) { _ = try? Self.output(text) }

    /// Writes a line that is what the program was asked for.
    ///
    /// - Returns: Whether somebody reads it: false once the other end of a pipe is gone, as after `| head`.
    /// - Throws: ``CommandFailure`` when it cannot be written, on a full disk for example.
    package static func output(_ text: String) throws -> Bool {
        var rest = Array("\(text)\n".utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EPIPE { return false }
            guard count > 0 else {
                throw CommandFailure(
                    .ioError, "cannot write to stdout: \(String(cString: strerror(errno)))",
                    remedy: "Is there room where it goes?")
            }
            rest = rest.dropFirst(count)
        }
        return true
    }
}
