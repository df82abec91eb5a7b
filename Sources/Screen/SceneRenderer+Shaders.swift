extension SceneRenderer {
    static let vertexShader = """
        attribute vec2 position;
        attribute vec2 texel;
        varying vec2 at;
        void main() {
            at = texel;
            gl_Position = vec4(position, 0.0, 1.0);
        }
        """

    /// `at` is the place on the canvas. A mix of two whole slides, each with its background: fading photo and
    /// background one by one would not be a linear mix of what people see.
    static let slideShader = """
        #ifdef GL_FRAGMENT_PRECISION_HIGH
        precision highp float;
        #else
        precision mediump float;
        #endif
        varying vec2 at;
        uniform sampler2D photoNew, backdropNew;
        uniform vec4 placeNew, coverNew;
        uniform vec3 adjustment;
        uniform float light;
        #ifdef FADES
        uniform sampler2D photoOld, backdropOld;
        uniform vec4 placeOld, coverOld;
        uniform float progress;
        #endif

        vec3 slide(sampler2D photo, sampler2D backdrop, vec4 place, vec4 cover) {
            vec2 uv = at * place.xy + place.zw;
            vec2 inside = step(vec2(0.0), uv) * step(uv, vec2(1.0));
            vec3 color = texture2D(photo, uv).rgb;
        #ifdef BACKDROP
            vec3 beside = texture2D(backdrop, at * cover.xy + cover.zw).rgb;
        #else
            vec3 beside = vec3(0.0);
        #endif
            return mix(beside, color, inside.x * inside.y);
        }

        void main() {
            vec3 color = slide(photoNew, backdropNew, placeNew, coverNew);
        #ifdef FADES
            color = mix(slide(photoOld, backdropOld, placeOld, coverOld), color, progress);
        #endif
            color = clamp(color * adjustment.x, 0.0, 1.0);
            color = clamp((color - 0.5) * adjustment.y + 0.5, 0.0, 1.0);
            float luma = dot(color, vec3(0.2126, 0.7152, 0.0722));
            color = clamp(mix(vec3(luma), color, adjustment.z), 0.0, 1.0);
            gl_FragColor = vec4(color * light, 1.0);
        }
        """

    static let cardShader = """
        precision mediump float;
        varying vec2 at;
        uniform sampler2D card;
        void main() { gl_FragColor = texture2D(card, at); }
        """
}
