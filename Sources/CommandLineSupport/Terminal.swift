import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// What stdout and stderr are.
package enum Terminal {
    /// Columns of the terminal that stdout is; nil where it is none.
    package static var width: Int? { Self.width(of: STDOUT_FILENO) }

    /// Whether somebody watches stderr.
    package static var isWatched: Bool { isatty(STDERR_FILENO) == 1 }

    /// Columns of the terminal behind stderr, 80 where it does not say.
    package static var statusWidth: Int { Self.width(of: STDERR_FILENO) ?? 80 }

    private static func width(of descriptor: Int32) -> Int? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}
