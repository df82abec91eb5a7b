import Foundation

/// A configuration file as its author sees it: lines of `name: value`.
///
/// What the values mean is for ``LayeredSettings``; this is for saying where in the file a mistake is.
package struct ConfigurationFile: Sendable {
    /// One setting and where it stands.
    package struct Entry: Hashable, Sendable {
        package var name: String
        /// From 1.
        package var line: Int
    }

    package let path: String
    package let entries: [Entry]

    /// - Throws: ``CommandFailure`` when the file cannot be read, or a line is no setting.
    package init(path: String) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw CommandFailure(
                .noInput, "cannot read the configuration file \(path)", remedy: "Check its path and its permissions.")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw CommandFailure(.configuration, "\(path) is not UTF-8 text", remedy: "Save it as UTF-8.")
        }
        var entries: [Entry] = []
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let content = line.drop(while: \.isWhitespace)
            if content.isEmpty || content.first == "#" || content == "---" { continue }
            guard let colon = line.firstIndex(of: ":"), line.first?.isWhitespace == false,
                line[line.index(after: colon)...].first?.isWhitespace != false
            else {
                throw CommandFailure(
                    .configuration, "\(path), line \(index + 1): \(String(line).debugDescription) is no setting",
                    remedy: "Write each on a line of its own, as `name: value`, without indentation.")
            }
            let name = String(line[..<colon])
            if let first = entries.first(where: { $0.name == name }) {
                throw CommandFailure(
                    .configuration, "\(path), line \(index + 1): \(name) stands on line \(first.line) already",
                    remedy: "Keep one of the two.")
            }
            entries.append(Entry(name: name, line: index + 1))
        }
        self.path = path
        self.entries = entries
    }

    /// - Throws: ``CommandFailure`` when there is a setting that is not among `known`, with the nearest that is.
    package func check(against known: [String]) throws {
        for entry in self.entries where !known.contains(entry.name) {
            let nearest = known.min { $0.editDistance(to: entry.name) < $1.editDistance(to: entry.name) }
            let isNear = nearest.map { $0.editDistance(to: entry.name) <= max(2, entry.name.count / 3) } ?? false
            throw CommandFailure(
                .configuration, "\(self.path), line \(entry.line): \(entry.name) is no setting",
                remedy: isNear ? nearest.map { "Did you mean \($0)?" } : "`config --example` prints all of them.")
        }
    }

    /// The failure, with the line of the first setting that it is about.
    package func locate(_ failure: CommandFailure) -> CommandFailure {
        let words = failure.message.split { !($0.isLetter || $0.isNumber || $0 == "-") }
        let names = words.filter { $0.hasPrefix("--") }.map { String($0.dropFirst(2)) }
        for name in names {
            guard let entry = self.entries.first(where: { $0.name == name }) else { continue }
            return CommandFailure(
                failure.status, "\(self.path), line \(entry.line): \(failure.message)", remedy: failure.remedy)
        }
        return CommandFailure(failure.status, "\(self.path): \(failure.message)", remedy: failure.remedy)
    }
}

extension String {
    /// How many letters have to be changed, added or left out (Levenshtein).
    fileprivate func editDistance(to other: String) -> Int {
        let other = Array(other)
        var row = Array(0...other.count)
        for (index, letter) in self.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in other.indices {
                let replaced = diagonal + (letter == other[column] ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = Swift.min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[other.count]
    }
}
