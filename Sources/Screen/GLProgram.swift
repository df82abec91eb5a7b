import CGLES
import PhotoViewer

/// A compiled pair of shaders with its uniforms by name.
@RenderActor
final class GLProgram {
    /// The place of `position` and `texel` among the attributes of every program here.
    static let positionAttribute: GLuint = 0
    static let texelAttribute: GLuint = 1

    private let program: GLuint
    private var locations: [String: GLint] = [:]

    /// Needs a current context.
    ///
    /// - Throws: ``StageError`` with code `drawingFailed` and the driver's words.
    init(vertex: String, fragment: String) throws(StageError) {
        self.program = glCreateProgram()
        let vertexShader = try Self.compile(GLenum(GL_VERTEX_SHADER), vertex)
        defer { glDeleteShader(vertexShader) }
        let fragmentShader = try Self.compile(GLenum(GL_FRAGMENT_SHADER), fragment)
        defer { glDeleteShader(fragmentShader) }
        glAttachShader(self.program, vertexShader)
        glAttachShader(self.program, fragmentShader)
        glBindAttribLocation(self.program, Self.positionAttribute, "position")
        glBindAttribLocation(self.program, Self.texelAttribute, "texel")
        glLinkProgram(self.program)
        var isLinked: GLint = 0
        glGetProgramiv(self.program, GLenum(GL_LINK_STATUS), &isLinked)
        guard isLinked != 0 else {
            var log = [CChar](repeating: 0, count: 2048)
            glGetProgramInfoLog(self.program, GLsizei(log.count), nil, &log)
            throw StageError(.drawingFailed, "the shaders do not link: \(Self.text(log))")
        }
    }

    func use() { glUseProgram(self.program) }

    func set(_ name: String, _ value: Double) { glUniform1f(self.location(name), GLfloat(value)) }

    func set(_ name: String, texture unit: Int) { glUniform1i(self.location(name), GLint(unit)) }

    func set(_ name: String, _ x: Double, _ y: Double, _ z: Double) {
        glUniform3f(self.location(name), GLfloat(x), GLfloat(y), GLfloat(z))
    }

    func set(_ name: String, _ placement: Placement) {
        glUniform4f(
            self.location(name), GLfloat(placement.scaleX), GLfloat(placement.scaleY), GLfloat(placement.offsetX),
            GLfloat(placement.offsetY))
    }

    /// Draws a quadrilateral of four corners in strip order, each a position (-1 to 1) and a texel (0 to 1).
    func drawStrip(_ corners: [GLfloat]) {
        let stride = GLsizei(4 * MemoryLayout<GLfloat>.size)
        corners.withUnsafeBufferPointer { buffer in
            for (attribute, offset) in [(Self.positionAttribute, 0), (Self.texelAttribute, 2)] {
                glVertexAttribPointer(
                    attribute, 2, GLenum(GL_FLOAT), GLboolean(GL_FALSE), stride, buffer.baseAddress.map { $0 + offset })
                glEnableVertexAttribArray(attribute)
            }
            glDrawArrays(GLenum(GL_TRIANGLE_STRIP), 0, GLsizei(corners.count / 4))
        }
    }

    private func location(_ name: String) -> GLint {
        if let known = self.locations[name] { return known }
        let location = glGetUniformLocation(self.program, name)
        self.locations[name] = location
        return location
    }

    private static func compile(_ kind: GLenum, _ source: String) throws(StageError) -> GLuint {
        let shader = glCreateShader(kind)
        source.withCString { text in
            var pointer: UnsafePointer<CChar>? = text
            glShaderSource(shader, 1, &pointer, nil)
        }
        glCompileShader(shader)
        var isCompiled: GLint = 0
        glGetShaderiv(shader, GLenum(GL_COMPILE_STATUS), &isCompiled)
        guard isCompiled != 0 else {
            var log = [CChar](repeating: 0, count: 2048)
            glGetShaderInfoLog(shader, GLsizei(log.count), nil, &log)
            glDeleteShader(shader)
            throw StageError(.drawingFailed, "a shader does not compile: \(self.text(log))")
        }
        return shader
    }

    private static func text(_ log: [CChar]) -> String {
        String(decoding: log.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
