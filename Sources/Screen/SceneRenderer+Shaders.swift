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
    /// background one by one would not be a linear mix of what people see. What a frame does not need is left out.
    static let slideShader = """
        #ifdef GL_FRAGMENT_PRECISION_HIGH
        precision highp float;
        #else
        precision mediump float;
        #endif
        varying vec2 at;
        uniform sampler2D photoNew;
        uniform vec4 placeNew;
        uniform float light;
        #ifdef BACKDROP
        uniform sampler2D backdropNew;
        uniform vec4 coverNew;
        #endif
        #ifdef PAIRS
        uniform sampler2D secondNew;
        uniform vec4 secondPlaceNew;
        #endif
        #ifdef MOVES
        uniform vec3 zoomNew;
        #endif
        #ifdef ADJUSTS
        uniform vec3 adjustment;
        #endif
        #ifdef FADES
        uniform sampler2D photoOld;
        uniform vec4 placeOld;
        uniform float progress;
        #ifdef BACKDROP
        uniform sampler2D backdropOld;
        uniform vec4 coverOld;
        #endif
        #ifdef PAIRS
        uniform sampler2D secondOld;
        uniform vec4 secondPlaceOld;
        #endif
        #ifdef MOVES
        uniform vec3 zoomOld;
        #endif
        #endif

        vec3 over(vec3 below, sampler2D photo, vec4 place, vec3 zoom) {
            vec2 uv = at * place.xy + place.zw;
            vec2 inside = step(vec2(0.0), uv) * step(uv, vec2(1.0));
        #ifdef MOVES
            uv = uv * zoom.x + zoom.yz;
        #endif
            return mix(below, texture2D(photo, uv).rgb, inside.x * inside.y);
        }

        #ifdef BACKDROP
        #define BESIDE(backdrop, cover) texture2D(backdrop, at * cover.xy + cover.zw).rgb
        #else
        #define BESIDE(backdrop, cover) vec3(0.0)
        #endif
        #ifdef MOVES
        #define ZOOM(zoom) zoom
        #else
        #define ZOOM(zoom) vec3(0.0)
        #endif

        void main() {
        #ifdef WHOLE
            vec3 color = texture2D(photoNew, at * placeNew.xy + placeNew.zw).rgb;
        #else
            vec3 color = over(BESIDE(backdropNew, coverNew), photoNew, placeNew, ZOOM(zoomNew));
        #ifdef PAIRS
            color = over(color, secondNew, secondPlaceNew, ZOOM(zoomNew));
        #endif
        #endif
        #ifdef FADES
        #ifdef WHOLE
            vec3 old = texture2D(photoOld, at * placeOld.xy + placeOld.zw).rgb;
        #else
            vec3 old = over(BESIDE(backdropOld, coverOld), photoOld, placeOld, ZOOM(zoomOld));
        #ifdef PAIRS
            old = over(old, secondOld, secondPlaceOld, ZOOM(zoomOld));
        #endif
        #endif
            color = mix(old, color, progress);
        #endif
        #ifdef ADJUSTS
            color = clamp(color * adjustment.x, 0.0, 1.0);
            color = clamp((color - 0.5) * adjustment.y + 0.5, 0.0, 1.0);
            float luma = dot(color, vec3(0.2126, 0.7152, 0.0722));
            color = clamp(mix(vec3(luma), color, adjustment.z), 0.0, 1.0);
        #endif
            gl_FragColor = vec4(color * light, 1.0);
        }
        """

    static let cardShader = """
        precision mediump float;
        varying vec2 at;
        uniform sampler2D card;
        uniform float opacity, light;
        void main() { gl_FragColor = texture2D(card, at) * vec4(vec3(light), 1.0) * opacity; }
        """
}
