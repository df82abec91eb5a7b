import Foundation
import Renditions

/// A photo's name from the name of the file it came in: safe to show, to store under and to put into an address.
enum PhotoName {
    static let longest = 100

    /// The name that is wanted; the library makes it unique.
    ///
    /// - Parameters:
    ///   - filename: What the browser or the folder called it; a path's folders are dropped.
    ///   - format: What the file really is: a name with another extension gets the right one.
    static func wanted(from filename: String, format: PhotoFormat) -> String {
        let last = filename.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last.map(String.init) ?? ""
        let kept = last.precomposedStringWithCanonicalMapping.unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
        var stem = String(String.UnicodeScalarView(kept)).trimmingCharacters(in: .whitespaces)
        var suffix = format.fileExtension
        if let dot = stem.lastIndex(of: "."), dot > stem.startIndex {
            let found = String(stem[stem.index(after: dot)...])
            if format.acceptedExtensions.contains(found.lowercased()) {
                suffix = found
                stem = String(stem[..<dot])
            }
        }
        // A leading dot hides a file where people copy it to.
        stem = String(stem.drop { $0 == "." || $0 == " " })
        stem = String(stem.prefix(Self.longest - suffix.count - 1)).trimmingCharacters(in: .whitespaces)
        return "\(stem.isEmpty ? "photo" : stem).\(suffix)"
    }

    /// The same name with something before its extension: `IMG_1.jpg` and `2` give `IMG_1-2.jpg`.
    static func variant(of name: String, _ addition: String) -> String {
        guard let dot = name.lastIndex(of: ".") else { return "\(name)-\(addition)" }
        return "\(name[..<dot])-\(addition)\(name[dot...])"
    }
}
