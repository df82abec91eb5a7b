import CommandLineSupport
import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Asks for a password at the terminal, and does not show it.
enum PasswordPrompt {
    /// - Throws: ``CommandFailure`` if there is nobody to ask.
    static func ask(_ question: String, remedy: String) throws -> String {
        let noAnswer = CommandFailure(
            .usage, "the password is missing, and there is no terminal to ask", remedy: remedy)
        guard isatty(STDIN_FILENO) == 1 else { throw noAnswer }
        var shown = termios()
        guard tcgetattr(STDIN_FILENO, &shown) == 0 else { throw noAnswer }
        var hidden = shown
        hidden.c_lflag &= ~tcflag_t(ECHO)
        FileHandle.standardError.write(Data("\(question): ".utf8))
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden)
        defer {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &shown)
            FileHandle.standardError.write(Data("\n".utf8))
        }
        guard let answer = readLine() else { throw noAnswer }
        return answer
    }
}
