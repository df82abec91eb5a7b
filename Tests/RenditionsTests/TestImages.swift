import Foundation
import Renditions
import TestSupport

/// Pictures and files for the tests of this target, made by programs that share no code with ours where that matters.
enum TestImages {
    /// Four corners of different colour: A red, B green, C blue, D white, so that every turn shows.
    static func corners(_ path: String, width: Int = 96, height: Int = 64) throws {
        var bytes = Data("P6\n\(width) \(height)\n255\n".utf8)
        for y in 0..<height {
            for x in 0..<width {
                switch (x < width / 2, y < height / 2) {
                case (true, true): bytes.append(contentsOf: [230, 20, 20])
                case (false, true): bytes.append(contentsOf: [20, 200, 20])
                case (true, false): bytes.append(contentsOf: [20, 20, 230])
                case (false, false): bytes.append(contentsOf: [240, 240, 240])
                }
            }
        }
        try bytes.write(to: URL(fileURLWithPath: path))
    }

    /// Soft colours all over the gamut, at values a photo has.
    static func colors(width: Int, height: Int) -> [UInt8] {
        var pixels: [UInt8] = []
        for y in 0..<height {
            for x in 0..<width {
                let (u, v) = (Double(x) / Double(width), Double(y) / Double(height))
                pixels.append(UInt8(40 + 150 * u))
                pixels.append(UInt8(60 + 120 * v))
                pixels.append(UInt8(50 + 110 * (1 - u) * (0.5 + 0.5 * v)))
            }
        }
        return pixels
    }

    static func ppm(_ pixels: [UInt8], width: Int, height: Int, to path: String) throws {
        try (Data("P6\n\(width) \(height)\n255\n".utf8) + Data(pixels)).write(to: URL(fileURLWithPath: path))
    }

    /// Runs a program that must succeed.
    static func run(_ program: String, _ arguments: [String], folder: String) async throws {
        let process = try ChildProcess(program, arguments, log: "\(folder)/\(UUID().uuidString).log")
        let status = try await process.finished()
        guard status == 0 else { throw Failed(description: "\(program) \(arguments): \(process.output)") }
    }

    struct Failed: Error, CustomStringConvertible { let description: String }

    /// Makes a file of any format from one that ImageMagick reads; HEIC and AVIF by libheif's own encoder.
    static func convert(_ source: String, _ options: [String] = [], to path: String, folder: String) async throws {
        switch URL(fileURLWithPath: path).pathExtension {
        case "heic", "avif":
            let middle = "\(folder)/\(UUID().uuidString).jpg"
            try await Self.run("/usr/bin/convert", [source] + options + ["-quality", "97", middle], folder: folder)
            try await Self.heif(middle, to: path, folder: folder)
        default:
            try await Self.run("/usr/bin/convert", [source] + options + ["-quality", "95", path], folder: folder)
        }
    }

    static func heif(_ jpeg: String, to path: String, folder: String) async throws {
        let kind = path.hasSuffix(".avif") ? ["-A"] : []
        try await Self.run("heif-enc", kind + ["-q", "90", "-o", path, jpeg], folder: folder)
    }

    /// A PNG that says it is this large and holds next to nothing.
    static func emptyPNG(_ path: String, width: UInt32, height: UInt32, isInterlaced: Bool = false) throws {
        func bigEndian(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
        func chunk(_ type: String, _ body: [UInt8]) -> [UInt8] {
            let content = Array(type.utf8) + body
            var crc: UInt32 = 0xFFFF_FFFF
            for byte in content {
                crc ^= UInt32(byte)
                for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
            }
            return bigEndian(UInt32(body.count)) + content + bigEndian(~crc)
        }
        let header = bigEndian(width) + bigEndian(height) + [8, 2, 0, 0, isInterlaced ? 1 : 0]
        let bytes =
            [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A] + chunk("IHDR", header) + chunk("IDAT", [])
            + chunk("IEND", [])
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    /// The same JPEG, claiming another size in its frame header (the last one: thumbnails have their own).
    static func claim(_ source: String, width: UInt16, height: UInt16, to path: String) throws {
        var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: source)))
        guard
            let frame = bytes.indices.dropLast(9).last(where: {
                bytes[$0] == 0xFF && (bytes[$0 + 1] == 0xC0 || bytes[$0 + 1] == 0xC2) && bytes[$0 + 2] == 0
                    && bytes[$0 + 3] == 17
            })
        else { throw Failed(description: "\(source) has no frame header") }
        bytes.replaceSubrange(
            frame + 5..<frame + 9,
            with: [UInt8(height >> 8), UInt8(height & 255), UInt8(width >> 8), UInt8(width & 255)])
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }
}

/// Workers of the program as built.
func makePool(parallel: Int = 2, limits: RenditionLimits = RenditionLimits()) throws -> RenditionPool {
    RenditionPool(worker: .init(executable: try BuiltProgram.photoserver), parallel: parallel, limits: limits)
}

/// A program of a few lines that takes a worker's place.
func makeScript(_ folder: String, _ body: String) throws -> RenditionPool.Worker {
    let path = "\(folder)/worker-\(UUID().uuidString)"
    try Data("#!/bin/sh\n\(body)\n".utf8).write(to: URL(fileURLWithPath: path))
    try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    return .init(executable: path, arguments: [], seedArguments: nil)
}

extension Picture {
    /// The colour a quarter into the picture from each corner: A, B, C or D, as ``TestImages/corners(_:width:height:)`` names them.
    var cornerNames: String {
        var names = ""
        for (x, y) in [(1, 1), (3, 1), (1, 3), (3, 3)] {
            let start = (y * self.height / 4 * self.width + x * self.width / 4) * 3
            let (red, green, blue) = (self.rgb[start], self.rgb[start + 1], self.rgb[start + 2])
            let (most, least) = (max(red, green, blue), min(red, green, blue))
            names += most - least < 60 ? "D" : most == red ? "A" : most == green ? "B" : "C"
        }
        return names
    }
}
