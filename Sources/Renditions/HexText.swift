/// Lowercase hexadecimal, as hashes are written in paths and addresses.
package enum HexText {
    /// Two lowercase digits a byte.
    package static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether `text` is a SHA-256 in the one spelling used here, and so safe as a file name.
    package static func isSHA256(_ text: some StringProtocol) -> Bool {
        let bytes = text.utf8
        return bytes.count == 64
            && bytes.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x66).contains($0) }
    }
}
