/// A rendition that is to be made of a photo: where it will be, and how to cut it.
package struct RenditionCut: Hashable, Sendable {
    package let id: RenditionID
    package let recipe: RenditionRecipe

    package init(id: RenditionID, recipe: RenditionRecipe) {
        self.id = id
        self.recipe = recipe
    }

    /// - Parameter contentHash: As ``RenditionID/init(contentHash:recipe:)`` takes it.
    package init(contentHash: String, recipe: RenditionRecipe) {
        self.init(id: RenditionID(contentHash: contentHash, recipe: recipe), recipe: recipe)
    }
}
