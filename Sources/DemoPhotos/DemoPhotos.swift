import Renditions

/// Photos to begin with, made by this program: nobody's picture is shipped, and every installation has the same ones.
package enum DemoPhotos {
    /// One of them.
    struct Item: Sendable {
        let filename: String
        let title: String
        /// As EXIF writes it: local time.
        let taken: String
        let offset: String
        let keywords: [String]
        let isPortrait: Bool
        let expose: @Sendable (_ width: Int, _ height: Int) -> [UInt8]

        init<S: Scene>(
            _: S.Type, _ filename: String, _ title: String, taken: String, _ offset: String, _ keywords: [String],
            isPortrait: Bool = false
        ) {
            self.filename = filename
            self.title = title
            self.taken = taken
            self.offset = offset
            self.keywords = keywords
            self.isPortrait = isPortrait
            self.expose = { width, height in Camera.expose(S.self, width: width, height: height) }
        }
    }

    /// Writes the photos as JPEG with dates, titles and keywords, and returns their paths. One that is there already is
    /// left as it is, so a second call costs nothing.
    ///
    /// Works on all cores; all of them take a few seconds in a release build, and minutes in a debug build.
    /// - Parameters:
    ///   - directory: Made if missing.
    ///   - longerSide: Pixels; the shorter side is two thirds of it.
    /// - Throws: ``RenditionError`` that says what could not be written.
    package static func write(to directory: String, longerSide: Int = 2_400) throws -> [String] {
        do {
            try DurableFile.makeDirectory(directory)
            try PhotoImage.start(program: "photoserver")
            return try Self.items.map { try Self.write($0, to: directory, longerSide: max(longerSide, 3)) }
        } catch let failure as DurableFile.Failure {
            throw RenditionError(
                failure.isDiskFull ? .diskFull : .destinationUnwritable,
                "The demo photos cannot be written to \(directory): \(failure).", cause: failure)
        } catch let failure as PhotoImage.Failure {
            throw RenditionError(
                .destinationUnwritable, "The demo photos cannot be written to \(directory): \(failure).",
                cause: failure)
        }
    }

    private static func write(_ item: Item, to directory: String, longerSide: Int) throws -> String {
        let path = "\(directory)/\(item.filename)"
        guard DurableFile.size(of: path) == nil else { return path }
        let (long, short) = (longerSide, longerSide * 2 / 3)
        let (width, height) = item.isPortrait ? (short, long) : (long, short)
        let image = try PhotoImage.fromRGB(item.expose(width, height), width: width, height: height)
        let temporary = "\(path).part"
        defer { try? DurableFile.remove(temporary) }
        try image.withMetadata(
            texts: [
                "exif-ifd0-Make": "Vitrine", "exif-ifd0-Model": "Vitrine Demo",
                "exif-ifd2-DateTimeOriginal": item.taken, "exif-ifd2-OffsetTimeOriginal": item.offset,
            ],
            blobs: ["xmp-data": Array(Self.xmp(item).utf8)]
        ).saveJPEG(temporary, quality: 92, keepsMetadata: true)
        try DurableFile.publish(temporary: temporary, as: path)
        return path
    }

    private static func xmp(_ item: Item) -> String {
        let keywords = item.keywords.map { "<rdf:li>\($0)</rdf:li>" }.joined()
        return """
            <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
            <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">\
            <dc:title><rdf:Alt><rdf:li xml:lang="x-default">\(item.title)</rdf:li></rdf:Alt></dc:title>\
            <dc:subject><rdf:Bag>\(keywords)</rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>
            """
    }

    static let items: [Item] = [
        Item(
            SunsetScene.self, "evening-ridges.jpg", "Evening ridges", taken: "2025:09:13 19:42:18", "+02:00",
            ["mountains", "sunset", "haze"]),
        Item(
            LakeScene.self, "lake-at-dawn.jpg", "Lake at dawn", taken: "2025:10:04 07:21:50", "+02:00",
            ["lake", "mountains", "morning", "reflection"], isPortrait: true),
        Item(
            DunesScene.self, "dunes.jpg", "Dunes", taken: "2024:02:18 17:31:02", "+01:00",
            ["desert", "sand", "evening"]),
        Item(
            AuroraScene.self, "northern-lights.jpg", "Northern lights", taken: "2024:03:03 23:12:40", "+01:00",
            ["night", "aurora", "winter", "stars"]),
        Item(
            ForestScene.self, "forest-in-fog.jpg", "Forest in fog", taken: "2023:11:11 08:05:33", "+01:00",
            ["forest", "fog", "morning"], isPortrait: true),
        Item(
            SkylineScene.self, "city-at-dusk.jpg", "City at dusk", taken: "2024:05:26 21:08:11", "-04:00",
            ["city", "evening", "river", "lights"]),
        Item(
            SeaAndMoonScene.self, "moon-over-the-sea.jpg", "Moon over the sea", taken: "2023:08:31 22:47:29", "+03:00",
            ["sea", "moon", "night"]),
        Item(
            DahliaScene.self, "dahlia.jpg", "Dahlia", taken: "2024:08:17 11:26:54", "+02:00",
            ["flower", "garden", "summer"], isPortrait: true),
        Item(
            FieldsScene.self, "summer-fields.jpg", "Summer fields", taken: "2024:06:29 14:03:07", "+02:00",
            ["fields", "clouds", "summer"]),
        Item(
            PeaksScene.self, "first-light.jpg", "First light", taken: "2025:01:25 08:11:45", "+01:00",
            ["mountains", "snow", "winter", "morning"]),
        Item(
            LighthouseScene.self, "lighthouse.jpg", "Lighthouse", taken: "2023:09:22 19:55:13", "+01:00",
            ["lighthouse", "sea", "evening"], isPortrait: true),
        Item(
            LavenderScene.self, "lavender.jpg", "Lavender", taken: "2025:07:08 21:02:36", "+02:00",
            ["fields", "lavender", "sunset", "summer"]),
        Item(
            MilkyWayScene.self, "milky-way.jpg", "Milky Way", taken: "2023:07:19 01:34:20", "-06:00",
            ["night", "stars", "camping"], isPortrait: true),
        Item(InkScene.self, "ink.jpg", "Ink", taken: "2025:03:15 16:20:00", "+01:00", ["abstract", "colour"]),
    ]
}
