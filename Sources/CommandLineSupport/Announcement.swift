import Foundation

/// Tells the person, or the script, that started a program something they wait for.
package enum Announcement {
    /// Writes one line to stdout at once: `print` would hold it back in a buffer when stdout is a pipe or a file.
    package static func line(_ text: String) { FileHandle.standardOutput.write(Data("\(text)\n".utf8)) }
}
