import GRDB
import Renditions

extension PhotoLibrary {
    /// How many renditions one decode makes at most: they share a worker's memory and time.
    static let cutsAtOnce = 8

    /// What displays will ask for as soon as a photo of this content is in an album, so that it can be cut while the file
    /// is read for the first time.
    ///
    /// A guess that costs nothing but time where it is wrong: what is not foreseen (a smart album, whose rule needs the
    /// photo first) is cut when playlists name it.
    /// - Returns: Each once; with the thumbnail no more than one decode makes.
    func cutsDue(of contentHash: String, in album: AlbumID?) async throws -> [RenditionCut] {
        guard let album else { return [] }
        let recipes = try await self.read { try Self.recipesShown($0, in: album) }
        return recipes.prefix(Self.cutsAtOnce - 1).map { RenditionCut(contentHash: contentHash, recipe: $0) }
    }

    /// By how many displays ask for each, the most first.
    private static func recipesShown(_ db: Database, in album: AlbumID) throws -> [RenditionRecipe] {
        let displays = try DisplayRecord.fetchAll(
            db, sql: "SELECT \(DisplayRecord.columns) FROM display WHERE shownAlbumID = ?", arguments: [album])
        var counts: [RenditionRecipe: Int] = [:]
        var groups: Set<GroupID> = []
        for display in displays {
            if let group = display.shareGroupID {
                groups.insert(group)
            } else {
                counts[display.recipe, default: 0] += 1
            }
        }
        for group in groups {
            // A share goes to one display of the group, nobody knows yet to which.
            let members = try DisplayRecord.fetchAll(
                db, sql: "SELECT \(DisplayRecord.columns) FROM display WHERE groupID = ?", arguments: [group])
            let recipes = Set(members.map(\.recipe))
            if let recipe = recipes.first, recipes.count == 1 { counts[recipe, default: 0] += 1 }
        }
        return counts.sorted { ($1.value, $0.key.canonicalText) < ($0.value, $1.key.canonicalText) }.map(\.key)
    }
}
