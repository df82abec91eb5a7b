import CTurboJPEG
import Foundation
import PhotoViewer

/// JPEG in and out, by libturbojpeg.
package enum JPEGFile {
    /// Pixels of a JPEG that is decoded row by row: time is the limit, not memory.
    static let rowsLimit = 150_000_000
    /// Pixels of a JPEG in several scans, whose coefficients all stay in memory, about 3 bytes a pixel: two 4K screens.
    static let scansLimit = 17_000_000

    /// Decodes the file at `path`, scaled down in the decoder as far as `box` allows: the result is at least as large
    /// as the photo will be drawn, and has at most four times the pixels of `box`.
    ///
    /// - Parameters:
    ///   - box: The frame it is for, in the photo's own orientation.
    ///   - longestSide: No side may be longer; what the graphics system's textures can hold.
    /// - Throws: ``StageError``: `undecodable` for anything but a whole, sound JPEG; `tooLarge` when even the smallest
    ///   scale is beyond the limits.
    package static func decode(
        _ path: String, for box: PixelSize, longestSide: Int = .max
    ) throws(StageError) -> Bitmap {
        try self.withDecoder(path) { (decoder, bytes, size) throws(StageError) in
            let needed = max(
                Double(box.width) / Double(size.width), Double(box.height) / Double(size.height))
            // libturbojpeg scales by eighths; the smallest that need not be enlarged again, or whatever fits.
            var eighths = min(max(Int((needed * 8).rounded(.up)), 1), 8)
            while eighths > 1, !self.fits(size, eighths, box, longestSide) { eighths -= 1 }
            guard self.fits(size, eighths, box, longestSide) else {
                throw StageError(
                    .tooLarge, "\(path) has \(size) pixels, too many for a frame of \(box)", path: path)
            }
            return try self.decode(bytes, with: decoder, to: self.scaled(size, eighths), path: path)
        }
    }

    /// Decodes the file at an eighth of its size: the whole file is read and checked at a fraction of the memory.
    package static func decodeSmall(_ path: String) throws(StageError) -> Bitmap {
        try self.withDecoder(path) { (decoder, bytes, size) throws(StageError) in
            return try self.decode(bytes, with: decoder, to: self.scaled(size, 1), path: path)
        }
    }

    /// The bitmap as a JPEG without chroma subsampling.
    ///
    /// - Parameter quality: 1 to 100.
    package static func encode(_ bitmap: Bitmap, quality: Int = 92) throws(StageError) -> [UInt8] {
        guard let encoder = tjInitCompress() else { throw StageError(.drawingFailed, "libturbojpeg does not start") }
        defer { tjDestroy(encoder) }
        var output: UnsafeMutablePointer<UInt8>?
        var count: UInt = 0
        defer { tjFree(output) }
        let status = bitmap.rgba.withUnsafeBufferPointer { pixels in
            tjCompress2(
                encoder, pixels.baseAddress, Int32(bitmap.size.width), 0, Int32(bitmap.size.height),
                Int32(TJPF_RGBA.rawValue), &output, &count, Int32(TJSAMP_444.rawValue), Int32(quality), 0)
        }
        guard status == 0, let output else {
            throw StageError(.drawingFailed, "cannot encode a JPEG: \(self.message(encoder))")
        }
        return Array(UnsafeBufferPointer(start: output, count: Int(count)))
    }

    private static func withDecoder<Result>(
        _ path: String, _ body: (tjhandle, UnsafeBufferPointer<UInt8>, PixelSize) throws(StageError) -> Result
    ) throws(StageError) -> Result {
        let data: Data
        do {
            data = try Data(contentsOf: URL(filePath: path), options: .mappedIfSafe)
        } catch {
            throw StageError(.undecodable, "cannot read \(path): \(error.localizedDescription)", path: path)
        }
        guard let decoder = tjInitDecompress() else {
            throw StageError(.drawingFailed, "libturbojpeg does not start")
        }
        defer { tjDestroy(decoder) }
        let result: Swift.Result<Result, StageError> = data.withUnsafeBytes { raw in
            let bytes = raw.bindMemory(to: UInt8.self)
            var (width, height, subsampling, colorspace) = (Int32(0), Int32(0), Int32(0), Int32(0))
            guard
                tjDecompressHeader3(
                    decoder, bytes.baseAddress, UInt(bytes.count), &width, &height, &subsampling, &colorspace) == 0,
                width > 0, height > 0
            else {
                return .failure(
                    StageError(.undecodable, "\(path) is not a JPEG: \(self.message(decoder))", path: path))
            }
            let size = PixelSize(width: Int(width), height: Int(height))
            let limit = JPEGHeader.comesInScans(bytes) ? self.scansLimit : self.rowsLimit
            guard size.pixels <= limit else {
                return .failure(
                    StageError(.tooLarge, "\(path) has \(size) pixels; no screen needs that many", path: path))
            }
            do throws(StageError) {
                return .success(try body(decoder, bytes, size))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }

    private static func decode(
        _ bytes: UnsafeBufferPointer<UInt8>, with decoder: tjhandle, to size: PixelSize, path: String
    ) throws(StageError) -> Bitmap {
        var status: Int32 = 0
        let rgba = [UInt8](unsafeUninitializedCapacity: size.pixels * 4) { buffer, count in
            // A warning means missing or senseless data, which would show as a grey or garbled rest.
            status = tjDecompress2(
                decoder, bytes.baseAddress, UInt(bytes.count), buffer.baseAddress, Int32(size.width), 0,
                Int32(size.height), Int32(TJPF_RGBA.rawValue),
                Int32(TJFLAG_STOPONWARNING | TJFLAG_LIMITSCANS))
            count = status == 0 ? size.pixels * 4 : 0
        }
        guard status == 0 else {
            throw StageError(.undecodable, "\(path) is damaged: \(self.message(decoder))", path: path)
        }
        return Bitmap(size: size, rgba: rgba)
    }

    private static func scaled(_ size: PixelSize, _ eighths: Int) -> PixelSize {
        PixelSize(width: (size.width * eighths + 7) / 8, height: (size.height * eighths + 7) / 8)
    }

    private static func fits(_ size: PixelSize, _ eighths: Int, _ box: PixelSize, _ longestSide: Int) -> Bool {
        let scaled = self.scaled(size, eighths)
        return scaled.pixels <= box.pixels * 4 && max(scaled.width, scaled.height) <= longestSide
    }

    private static func message(_ handle: tjhandle) -> String {
        tjGetErrorStr2(handle).map { String(cString: $0) } ?? "no reason given"
    }
}
