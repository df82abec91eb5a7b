import CGLES
import PhotoViewer

/// A bitmap on the graphics processor.
@RenderActor
final class GLTexture {
    let size: PixelSize
    private let name: GLuint

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

    func bind(to unit: Int) {
        glActiveTexture(GLenum(GL_TEXTURE0 + Int32(unit)))
        glBindTexture(GLenum(GL_TEXTURE_2D), self.name)
    }

    /// Frees the memory. Needs a current context; the texture must not be bound afterwards.
    func delete() {
        var name = self.name
        glDeleteTextures(1, &name)
    }
}
