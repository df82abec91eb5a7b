import CVipsShim

/// An image of libvips, freed when nobody needs it. Belongs to one thread.
package final class PhotoImage {
    /// What libvips said.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    private let image: OpaquePointer

    private init(_ image: OpaquePointer?) throws {
        guard let image else { throw Self.failure() }
        self.image = image
    }

    deinit { vitrine_image_free(self.image) }

    /// Starts libvips, once a process. Call it before anything else here.
    package static func start(program: String) throws {
        guard vitrine_vips_start(program) == 0 else { throw Self.failure() }
    }

    /// Opens a file for one pass from top to bottom; reads its header only.
    static func open(_ path: String) throws -> PhotoImage { try PhotoImage(vitrine_vips_open(path)) }

    /// Decodes a file upright, in 8-bit sRGB, at exactly this size. One pass from top to bottom.
    static func open(_ path: String, scaledTo size: RenditionPlan.Size) throws -> PhotoImage {
        try PhotoImage(vitrine_vips_open_scaled(path, Int32(size.width), Int32(size.height)))
    }

    /// 8-bit sRGB, row after row, three bytes a pixel.
    package static func fromRGB(_ pixels: [UInt8], width: Int, height: Int) throws -> PhotoImage {
        precondition(pixels.count == width * height * 3, "three bytes a pixel")
        // A copy that libvips owns, since an array's storage has no address of its own to keep.
        let image: OpaquePointer? = pixels.withUnsafeBufferPointer { buffer in
            guard let borrowed = vitrine_image_from_rgb(buffer.baseAddress, Int32(width), Int32(height)) else {
                return nil
            }
            defer { vitrine_image_free(borrowed) }
            return vitrine_image_in_memory(borrowed)
        }
        return try PhotoImage(image)
    }

    package var size: RenditionPlan.Size {
        RenditionPlan.Size(
            width: Int(vitrine_image_width(self.image)), height: Int(vitrine_image_height(self.image)))
    }

    var orientation: Int { Int(vitrine_image_orientation(self.image)) }

    func number(_ field: String) -> Int? {
        let value = vitrine_image_number(self.image, field, .min)
        return value == .min ? nil : Int(value)
    }

    func text(_ field: String, is value: String) -> Bool { vitrine_image_text_is(self.image, field, value) != 0 }

    /// A block of metadata, `nil` if there is none or it is larger than 8 MiB.
    func blob(_ field: String) -> [UInt8]? {
        var length = 0
        guard let bytes = vitrine_image_blob(self.image, field, &length), length <= 8 << 20 else { return nil }
        return Array(UnsafeBufferPointer(start: bytes, count: length))
    }

    func inMemory() throws -> PhotoImage { try PhotoImage(vitrine_image_in_memory(self.image)) }

    func scaled(to size: RenditionPlan.Size) throws -> PhotoImage {
        try PhotoImage(vitrine_image_scaled(self.image, Int32(size.width), Int32(size.height)))
    }

    /// The middle of it.
    func cut(to size: RenditionPlan.Size) throws -> PhotoImage {
        let own = self.size
        return try PhotoImage(
            vitrine_image_cut(
                self.image, Int32((own.width - size.width) / 2), Int32((own.height - size.height) / 2),
                Int32(size.width), Int32(size.height)))
    }

    /// Must be in memory, unless it is no turn.
    func turned(_ rotation: RenditionRecipe.Rotation) throws -> PhotoImage {
        try PhotoImage(vitrine_image_turned(self.image, Int32(rotation.rawValue / 90)))
    }

    /// A copy with metadata of its own: EXIF fields as libvips names them, blocks as they shall stand in the file.
    package func withMetadata(texts: [String: String] = [:], blobs: [String: [UInt8]] = [:]) throws -> PhotoImage {
        let copy = try PhotoImage(vitrine_image_copy(self.image))
        // In one order, so that the same photo is the same bytes.
        for (field, value) in texts.sorted(by: { $0.key < $1.key }) {
            vitrine_image_set_text(copy.image, field, value)
        }
        for (field, bytes) in blobs.sorted(by: { $0.key < $1.key }) {
            vitrine_image_set_blob(copy.image, field, bytes, bytes.count)
        }
        return copy
    }

    /// - Parameters:
    ///   - path: Written in place; not durable.
    ///   - quality: 1 through 100.
    ///   - keepsMetadata: Else it is plain sRGB and nothing besides.
    package func saveJPEG(_ path: String, quality: Int, keepsMetadata: Bool = false) throws {
        guard vitrine_image_save_jpeg(self.image, path, Int32(quality), keepsMetadata ? 1 : 0) == 0 else {
            throw Self.failure()
        }
    }

    private static func failure() -> Failure {
        defer { vitrine_vips_error_clear() }
        let text = String(cString: vitrine_vips_error())
        return Failure(description: text.split(separator: "\n").map(String.init).joined(separator: "; "))
    }
}
