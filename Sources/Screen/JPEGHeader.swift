/// What a JPEG's markers say before anything is decoded (ITU-T T.81, annex B).
enum JPEGHeader {
    /// Whether the picture comes in several scans over all of it, as progressive ones do, so that a decoder has to hold
    /// all of its coefficients.
    static func comesInScans(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var components: UInt8 = 0
        var index = 2
        while index + 9 < bytes.count, bytes[index] == 0xFF {
            let marker = bytes[index + 1]
            switch marker {
            // A fill byte, and markers without a length.
            case 0xFF:
                index += 1
                continue
            case 0x01, 0xD0...0xD8:
                index += 2
                continue
            case 0xC2, 0xC6, 0xCA, 0xCE: return true
            case 0xC0, 0xC1: components = bytes[index + 9]
            case 0xDA: return bytes[index + 4] < components
            default: break
            }
            index += 2 + Int(bytes[index + 2]) << 8 + Int(bytes[index + 3])
        }
        return false
    }
}
