import Foundation

/// Light in linear sRGB: 1 is paper white, more is brighter than the film takes.
typealias Color = SIMD3<Float>
/// A point of the picture: y from 0 at the top to 1 at the bottom, x on the same scale from 0 at the left.
typealias Point = SIMD2<Float>

/// A colour as designers write it, made linear.
func rgb(_ hex: UInt32) -> Color {
    func linear(_ byte: UInt32) -> Float {
        let value = Float(byte & 255) / 255
        return value <= 0.04045 ? value / 12.92 : powf((value + 0.055) / 1.055, 2.4)
    }
    return Color(linear(hex >> 16), linear(hex >> 8), linear(hex))
}

func mix(_ first: Color, _ second: Color, _ amount: Float) -> Color { first + (second - first) * clamp(amount) }
func mix(_ first: Float, _ second: Float, _ amount: Float) -> Float { first + (second - first) * clamp(amount) }

func clamp(_ value: Float, _ low: Float = 0, _ high: Float = 1) -> Float { min(max(value, low), high) }

/// 0 below `low`, 1 above `high`, a soft S between; falls where `high` is below `low`.
func smoothstep(_ low: Float, _ high: Float, _ value: Float) -> Float {
    let t = clamp((value - low) / (high - low))
    return t * t * (3 - 2 * t)
}

func length(_ point: Point) -> Float { (point * point).sum().squareRoot() }
func dot(_ first: SIMD3<Float>, _ second: SIMD3<Float>) -> Float { (first * second).sum() }
func normalize(_ vector: SIMD3<Float>) -> SIMD3<Float> { vector / dot(vector, vector).squareRoot() }
func fraction(_ value: Float) -> Float { value - value.rounded(.down) }

/// Colours along a line.
struct Gradient: Sendable {
    private let stops: [(position: Float, color: Color)]

    /// - Parameter stops: By rising position.
    init(_ stops: (Float, UInt32)...) { self.stops = stops.map { ($0.0, rgb($0.1)) } }

    func callAsFunction(_ position: Float) -> Color {
        var before = self.stops[0]
        for stop in self.stops {
            if position < stop.position {
                let t = (position - before.position) / max(stop.position - before.position, 1e-6)
                return mix(before.color, stop.color, t * t * (3 - 2 * t))
            }
            before = stop
        }
        return before.color
    }
}
