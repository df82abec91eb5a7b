import CVipsShim
import Glibc

/// One job on one photo: check it, read its facts, decode it once, cut it. Runs in a worker process only.
struct PhotoReader {
    let job: RenditionJob

    func run() throws -> RenditionAnswer {
        try self.checkSource()
        do {
            try PhotoImage.start(program: "photoserver")
        } catch {
            throw RenditionError(
                .workerUnavailable, "The image library libvips could not be started (\(error)). Is it installed?")
        }
        if let raw = try RawFile(self.job.source) {
            guard let preview = raw.preview else {
                throw RenditionError(
                    .unsupportedFormat,
                    "“\(self.job.name)” is a camera's raw file without a preview in it. Export it as JPEG.")
            }
            let memory = try MemoryFile(preview, name: self.job.name)
            return try self.read(memory.path, raw: raw)
        }
        return try self.read(self.job.source, raw: nil)
    }

    /// - Parameter path: What is decoded: the file itself, or the preview in a raw one.
    private func read(_ path: String, raw: RawFile?) throws -> RenditionAnswer {
        // Before any decoder beyond the list sees a byte.
        guard let loader = vitrine_vips_loader(path).map({ String(cString: $0) }),
            let kind = Self.format(loader: loader)
        else { throw self.unsupported() }
        let header: PhotoImage
        do {
            header = try PhotoImage.open(path)
        } catch let failure as PhotoImage.Failure {
            throw self.error(for: failure)
        }
        let format = kind == .heic && header.text("heif-compression", is: "av1") ? .avif : kind
        try self.checkPixels(header, format: format)
        if header.size.pixels >= self.job.limits.pixelsGiant && !self.job.runsAlone && !self.job.outputs.isEmpty {
            return .mustRunAlone
        }
        let facts = PhotoFacts(header, format: format, raw: raw)
        do {
            let sizes = try self.makeOutputs(path, photo: facts.size)
            // libjpeg fills what is missing before an early end mark with grey, and only warns.
            guard vitrine_vips_data_was_missing() == 0 else {
                throw PhotoImage.Failure(description: "premature end of data segment")
            }
            return .done(facts: facts, sizes: sizes)
        } catch let failure as PhotoImage.Failure {
            throw self.error(for: failure)
        }
    }

    private func checkSource() throws {
        var status = stat()
        guard stat(self.job.source, &status) == 0, access(self.job.source, R_OK) == 0 else {
            throw RenditionError(
                .sourceUnreadable,
                "The file of “\(self.job.name)” cannot be opened: \(String(cString: strerror(errno))).")
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw RenditionError(.sourceUnreadable, "“\(self.job.name)” is not a file.")
        }
        guard status.st_size > 0 else {
            throw RenditionError(.empty, "“\(self.job.name)” has no bytes. Copy it again from where it came from.")
        }
    }

    /// Only loaders named here are used, whatever else libvips was built with.
    private static func format(loader: String) -> PhotoFormat? {
        switch loader {
        case "VipsForeignLoadJpegFile": .jpeg
        case "VipsForeignLoadPngFile": .png
        case "VipsForeignLoadWebpFile": .webp
        case "VipsForeignLoadHeifFile": .heic
        case "VipsForeignLoadTiffFile": .tiff
        case "VipsForeignLoadNsgifFile", "VipsForeignLoadGifFile": .gif
        default: nil
        }
    }

    private func checkPixels(_ header: PhotoImage, format: PhotoFormat) throws {
        let pixels = header.size.pixels
        let isWhole =
            switch format {
            case .heic, .avif, .webp, .gif: true
            case .jpeg, .png, .tiff, .raw:
                (header.number("jpeg-multiscan") ?? 0) != 0 || (header.number("interlaced") ?? 0) != 0
            }
        let most = isWhole ? self.job.limits.pixelsWhole : self.job.limits.pixels
        guard pixels <= most else {
            throw RenditionError(
                .tooManyPixels,
                "“\(self.job.name)” has \(header.size.width) x \(header.size.height) pixels; at most "
                    + "\(most / 1_000_000) megapixels are read \(isWhole ? "from a file of its kind" : "here"). "
                    + (isWhole ? "Export it as a plain (not progressive) JPEG, or smaller." : "Export it smaller."))
        }
    }

    // MARK: Cutting

    private func makeOutputs(_ path: String, photo: RenditionPlan.Size) throws -> [RenditionPlan.Size] {
        let plans = self.job.outputs.map { RenditionPlan($0.recipe, photo: photo) }
        guard let largest = plans.max(by: { $0.scaled.pixels < $1.scaled.pixels }) else { return [] }
        var base = try PhotoImage.open(path, scaledTo: largest.scaled)
        let isReadOnce = plans.count == 1 && self.job.outputs[0].recipe.rotation == .none
        // Damage further down shows when the pixels are read, which is here or while the only output is written.
        if !isReadOnce { base = try base.inMemory() }
        var levels = [base]
        // The largest first: a smaller one is made from the smallest that is still twice its size.
        for index in plans.indices.sorted(by: { plans[$0].scaled.pixels > plans[$1].scaled.pixels }) {
            let (output, plan) = (self.job.outputs[index], plans[index])
            var image = base
            if plan.scaled != largest.scaled {
                let level = levels.last { $0.size.width >= 2 * plan.scaled.width } ?? base
                image = try level.scaled(to: plan.scaled).inMemory()
                levels.append(image)
            }
            if plan.kept != plan.scaled { image = try image.cut(to: plan.kept) }
            if output.recipe.rotation != .none {
                image = try image.inMemory().turned(output.recipe.rotation)
            }
            guard image.size == plan.output else {
                throw RenditionError(
                    .damaged, "“\(self.job.name)” came out with another size than its header promised.")
            }
            try image.saveJPEG(output.path, quality: output.recipe.quality)
        }
        return plans.map(\.output)
    }

    // MARK: Errors

    private func unsupported() -> RenditionError {
        RenditionError(
            .unsupportedFormat,
            "“\(self.job.name)” is not a picture of a kind that can be read here. "
                + "Send JPEG, PNG, WebP, HEIC, AVIF, TIFF, GIF, or a camera's raw file.")
    }

    /// libvips has one error: a text. Its words decide what people are told.
    private func error(for failure: PhotoImage.Failure) -> RenditionError {
        let text = failure.description.lowercased()
        func says(_ words: String...) -> Bool { words.contains { text.contains($0) } }
        if says("no space left", "disk quota") {
            return RenditionError(
                .diskFull, "The disk is full; the picture made from “\(self.job.name)” was not kept. Free some space.",
                cause: failure)
        }
        if says("out of memory", "insufficient memory", "memory allocation", "cannot allocate", "security limit") {
            return RenditionError(
                .outOfMemory,
                "“\(self.job.name)” needs more memory to read than it may have. Export it smaller, as a plain JPEG.",
                cause: failure)
        }
        if says("is blocked", "not a known file format", "unsupported codec", "unsupported feature") {
            return self.unsupported()
        }
        if says("exceeds", "too large", "too many pixels", "too big", "bad dimensions", "invalid ihdr") {
            return RenditionError(
                .tooManyPixels, "“\(self.job.name)” claims more pixels than can be. Export it smaller.", cause: failure)
        }
        return RenditionError(
            .damaged,
            "“\(self.job.name)” is damaged or ends early. Copy it again from where it came from.",
            cause: failure)
    }
}

extension PhotoFacts {
    /// Reads the metadata blocks of an opened file. Where they differ XMP, the newest kind, comes first.
    init(_ header: PhotoImage, format: PhotoFormat, raw: RawFile? = nil) {
        let isTurnedByDecoder = format == .heic || format == .avif
        let exif = raw?.exif ?? header.blob("exif-data").flatMap { ExifBlock($0) }
        // libvips names a HEIC's XMP by its item's number.
        let xmpNames = ["xmp-data"] + (isTurnedByDecoder ? (0..<4).map { "heif-mime-\($0)" } : [])
        let xmp = xmpNames.lazy.compactMap { header.blob($0) }.first.map { XMPBlock($0) }
        let iptc = header.blob("iptc-data").map { IPTCBlock($0) }
        let orientation = isTurnedByDecoder ? 1 : header.orientation
        let size = orientation >= 5 ? header.size.turned : header.size
        self.init(
            format: raw == nil ? format : .raw, width: size.width, height: size.height, orientation: orientation,
            taken: exif?.taken ?? xmp?.taken ?? iptc?.taken, camera: exif?.camera, lens: exif?.lens ?? xmp?.lens,
            rating: xmp?.rating ?? exif?.rating ?? 0, title: xmp?.title ?? iptc?.title ?? exif?.title,
            caption: xmp?.caption ?? iptc?.caption ?? exif?.caption,
            keywords: MetadataText.cleanKeywords(
                (xmp?.keywords ?? []) + (iptc?.keywords ?? []) + (exif?.keywords ?? [])),
            place: exif?.place)
    }
}
