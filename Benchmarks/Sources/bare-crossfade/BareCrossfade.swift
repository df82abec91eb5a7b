import CBareGL
import Foundation

/// The floor under a crossfade: a shader that mixes two textures of the frame's size and does nothing else, each frame
/// waited for. Prints frames a second.
@main
enum BareCrossfade {
    static func main() {
        let numbers = CommandLine.arguments.dropFirst().compactMap { Int32($0) }
        guard numbers.count == 3 else {
            print("usage: bare-crossfade WIDTH HEIGHT SECONDS")
            exit(64)
        }
        let (width, height, seconds) = (numbers[0], numbers[1], Double(numbers[2]))
        guard SDL_Init(SDL_INIT_VIDEO) == 0 else { self.fail("SDL_Init") }
        SDL_GL_SetAttribute(SDL_GL_CONTEXT_PROFILE_MASK, Int32(SDL_GL_CONTEXT_PROFILE_ES.rawValue))
        SDL_GL_SetAttribute(SDL_GL_CONTEXT_MAJOR_VERSION, 2)
        SDL_GL_SetAttribute(SDL_GL_CONTEXT_MINOR_VERSION, 0)
        guard let window = SDL_CreateWindow("bare", 0, 0, width, height, SDL_WINDOW_OPENGL.rawValue),
            SDL_GL_CreateContext(window) != nil
        else { self.fail("no GL") }
        SDL_GL_SetSwapInterval(0)
        let program = self.program()
        glUseProgram(program)
        for unit in 0..<2 {
            self.texture(unit: Int32(unit), width: width, height: height)
            glUniform1i(glGetUniformLocation(program, unit == 0 ? "first" : "second"), GLint(unit))
        }
        let progress = glGetUniformLocation(program, "progress")
        let corners: [GLfloat] = [-1, -1, 1, -1, -1, 1, 1, 1]
        glViewport(0, 0, width, height)
        var frames = 0
        let start = ContinuousClock.now
        while start.duration(to: .now) < .seconds(seconds) {
            glUniform1f(progress, GLfloat(frames % 100) / 100)
            corners.withUnsafeBufferPointer { buffer in
                glVertexAttribPointer(0, 2, GLenum(GL_FLOAT), GLboolean(GL_FALSE), 0, buffer.baseAddress)
                glEnableVertexAttribArray(0)
                glDrawArrays(GLenum(GL_TRIANGLE_STRIP), 0, 4)
            }
            SDL_GL_SwapWindow(window)
            glFinish()
            frames += 1
        }
        print(Double(frames) / (start.duration(to: .now) / .seconds(1)))
    }

    private static func program() -> GLuint {
        let vertex = """
            attribute vec2 position;
            varying vec2 at;
            void main() { at = position * 0.5 + 0.5; gl_Position = vec4(position, 0.0, 1.0); }
            """
        let fragment = """
            precision mediump float;
            varying vec2 at;
            uniform sampler2D first, second;
            uniform float progress;
            void main() { gl_FragColor = mix(texture2D(first, at), texture2D(second, at), progress); }
            """
        let program = glCreateProgram()
        for (kind, source) in [(GL_VERTEX_SHADER, vertex), (GL_FRAGMENT_SHADER, fragment)] {
            let shader = glCreateShader(GLenum(kind))
            source.withCString { text in
                var pointer: UnsafePointer<CChar>? = text
                glShaderSource(shader, 1, &pointer, nil)
            }
            glCompileShader(shader)
            glAttachShader(program, shader)
        }
        glBindAttribLocation(program, 0, "position")
        glLinkProgram(program)
        var isLinked: GLint = 0
        glGetProgramiv(program, GLenum(GL_LINK_STATUS), &isLinked)
        if isLinked == 0 { self.fail("the shader does not link") }
        return program
    }

    private static func texture(unit: Int32, width: Int32, height: Int32) {
        var name: GLuint = 0
        glGenTextures(1, &name)
        glActiveTexture(GLenum(GL_TEXTURE0 + unit))
        glBindTexture(GLenum(GL_TEXTURE_2D), name)
        for (parameter, value) in [
            (GL_TEXTURE_MIN_FILTER, GL_LINEAR), (GL_TEXTURE_MAG_FILTER, GL_LINEAR),
            (GL_TEXTURE_WRAP_S, GL_CLAMP_TO_EDGE), (GL_TEXTURE_WRAP_T, GL_CLAMP_TO_EDGE),
        ] {
            glTexParameteri(GLenum(GL_TEXTURE_2D), GLenum(parameter), value)
        }
        let pixels = (0..<Int(width * height)).map { UInt32(truncatingIfNeeded: $0 &* 2_654_435_761) }
        glTexImage2D(
            GLenum(GL_TEXTURE_2D), 0, GL_RGBA, width, height, 0, GLenum(GL_RGBA), GLenum(GL_UNSIGNED_BYTE), pixels)
    }

    private static func fail(_ what: String) -> Never {
        FileHandle.standardError.write(Data("bare-crossfade: \(what): \(String(cString: SDL_GetError()))\n".utf8))
        exit(1)
    }
}
