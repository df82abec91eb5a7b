import CommandLineSupport
import Foundation

/// Secrets that somebody hands over: never on a command line, which others on the machine can see.
enum SecretInput {
    /// The first line of a file, or of stdin for `-`.
    ///
    /// - Throws: ``CommandFailure`` when it cannot be read, or is empty.
    static func firstLine(of file: String, what: String) throws -> String {
        let text: String?
        if file == "-" {
            text = readLine()
        } else {
            text = (try? String(contentsOfFile: file, encoding: .utf8)).map { String($0.prefix { !$0.isNewline }) }
        }
        guard let line = text, !line.isEmpty else {
            throw CommandFailure(
                .noInput, "cannot read \(what) from \(file == "-" ? "stdin" : file)",
                remedy: "Its first line is \(what).")
        }
        return line
    }

    /// Asks at the terminal, and shows what is typed.
    static func ask(_ question: String, remedy: String) throws -> String {
        guard isatty(STDIN_FILENO) == 1 else {
            throw CommandFailure(.usage, "\(question.lowercased()) is missing", remedy: remedy)
        }
        FileHandle.standardError.write(Data("\(question): ".utf8))
        guard let answer = readLine()?.trimmingCharacters(in: .whitespaces), !answer.isEmpty else {
            throw CommandFailure(.usage, "\(question.lowercased()) is missing", remedy: remedy)
        }
        return answer
    }
}
