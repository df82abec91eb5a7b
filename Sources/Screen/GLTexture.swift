import CGLES
import PhotoViewer

/// A bitmap on the graphics processor.
@RenderActor
final class GLTexture {
    let size: PixelSize
    private let name: GLuint
    private var isExact = false

    /// Uploads; the bitmap can go afterwards. Needs a current context.
    ///
    /// - Throws: ``StageError`` with code `drawingFailed` when the memory is not there.
    init(_ bitmap: Bitmap) throws(StageError) {
        self.size = bitmap.size
        var name: GLuint = 0
        glGenTextures(1, &name)
        self.name = name
        glActiveTexture(GLenum(GL_TEXTURE0))
        glBindTexture(GLenum(GL_TEXTURE_2D), name)
        // Sides that are no powers of two may only be clamped and not be mipmapped in GLES 2.
        for (parameter, value) in [
            (GL_TEXTURE_MIN_FILTER, GL_LINEAR), (GL_TEXTURE_MAG_FILTER, GL_LINEAR),
            (GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE), (GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE),
        ] {
            glTexParameteri(GLenum(GL_TEXTURE_2D), GLenum(parameter), value)
        }
        while glGetError() != GLenum(GL_NO_ERROR) {}
        bitmap.rgba.withUnsafeBytes { bytes in
            glTexImage2D(
                GLenum(GL_TEXTURE_2D), 0, GL_RGBA, GLsizei(bitmap.size.width), GLsizei(bitmap.size.height), 0,
                GLenum(GL_RGBA), GLenum(GL_UNSIGNED_BYTE), bytes.baseAddress)
        }
        let error = glGetError()
        guard error == GLenum(GL_NO_ERROR) else {
            glDeleteTextures(1, &name)
            throw StageError(.drawingFailed, "a texture of \(bitmap.size) is refused: GL error \(error)")
        }
    }

    /// - Parameter isExact: Whether each pixel of the frame is a pixel of the picture: then nothing is to be mixed, which
    ///   is what drawing in software spends most of its time on.
    func bind(to unit: Int, isExact: Bool = false) {
        glActiveTexture(GLenum(GL_TEXTURE0 + Int32(unit)))
        glBindTexture(GLenum(GL_TEXTURE_2D), self.name)
        guard isExact != self.isExact else { return }
        self.isExact = isExact
        for parameter in [GL_TEXTURE_MIN_FILTER, GL_TEXTURE_MAG_FILTER] {
            glTexParameteri(GLenum(GL_TEXTURE_2D), GLenum(parameter), isExact ? GL_NEAREST : GL_LINEAR)
        }
    }

    /// Frees the memory. Needs a current context; the texture must not be bound afterwards.
    func delete() {
        var name = self.name
        glDeleteTextures(1, &name)
    }
}
