import DisplayChannel
import Slideshow

/// From what is kept on the disk to what can be shown.
extension Viewer {
    /// A kept playlist; one that was damaged on the disk is fetched again.
    static func document(_ sha256: String, folder: ViewerFolder) -> PlaylistDocument? {
        folder.playlist(sha256).flatMap { try? PlaylistDocument($0, sha256: sha256) }
    }

    static func source(of memory: ShowMemory) -> DisplayState.PhotoSource? {
        if let sha256 = memory.playlist { return .playlist(PlaylistReference(sha256: sha256, count: 0)) }
        return memory.images.map { .images($0) }
    }

    static func slides(named names: [String]) -> [Slide] {
        names.map { Slide(name: $0, content: PhotoContent.named($0).text) }
    }

    static func available(_ slides: [Slide], in cache: PhotoCache) -> Set<String> {
        Set(slides.map(\.content).filter { PhotoContent(text: $0).map(cache.contains) ?? false })
    }

    func list(_ slides: [Slide]) {
        (self.contentsByKey, self.contents) = Self.index(slides)
        self.cache.list(Set(self.contentsByKey.keys))
    }

    static func index(_ slides: [Slide]) -> ([String: String], Set<String>) {
        let files = slides.compactMap { slide in
            PhotoContent(text: slide.content).map { ($0.cacheKey, slide.content) }
        }
        return (Dictionary(files, uniquingKeysWith: { first, _ in first }), Set(slides.map(\.content)))
    }
}
