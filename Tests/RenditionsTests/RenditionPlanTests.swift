import TestSupport
import Testing

@testable import Renditions

struct RenditionPlanTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let photo: (Int, Int)
        let recipe: RenditionRecipe
        let output: (Int, Int)
        var testDescription: String { "\(self.photo) by \(self.recipe.canonicalText)" }
    }

    static let cases: [Case] = [
        Case(photo: (6000, 4000), recipe: .init(width: 1920, height: 1080), output: (1620, 1080)),
        Case(photo: (4000, 6000), recipe: .init(width: 1920, height: 1080), output: (720, 1080)),
        Case(photo: (6000, 4000), recipe: .init(width: 1920, height: 1080, mode: .cover), output: (1920, 1080)),
        Case(photo: (4000, 6000), recipe: .init(width: 1920, height: 1080, mode: .cover), output: (1920, 1080)),
        Case(photo: (100, 50), recipe: .init(width: 1920, height: 1080), output: (100, 50)),
        Case(photo: (100, 100), recipe: .init(width: 1600, height: 800, mode: .cover), output: (100, 50)),
        Case(photo: (3000, 100), recipe: .init(width: 1000, height: 1000, mode: .cover), output: (100, 100)),
        Case(photo: (6000, 4000), recipe: .init(width: 1080, height: 1920, rotation: .quarter), output: (1080, 1620)),
        Case(
            photo: (6000, 4000), recipe: .init(width: 1080, height: 1920, mode: .cover, rotation: .quarter),
            output: (1080, 1920)),
        Case(photo: (60_000, 1), recipe: .init(width: 480, height: 480), output: (480, 1)),
        Case(photo: (1, 1), recipe: .init(width: 1, height: 1, mode: .cover), output: (1, 1)),
    ]

    @Test(arguments: cases)
    func aPhotoIsCutToTheBox(item: Case) {
        let plan = RenditionPlan(item.recipe, photo: .init(width: item.photo.0, height: item.photo.1))
        #expect(plan.output == .init(width: item.output.0, height: item.output.1))
    }

    @Test func aResultFitsItsBoxIsNeverEnlargedAndCoversWhatItCan() {
        let seed = UInt64.random(in: .min ... .max)
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5_000 {
            let photo = RenditionPlan.Size(
                width: .random(in: 1...9_000, using: &random), height: .random(in: 1...9_000, using: &random))
            let recipe = RenditionRecipe(
                width: .random(in: 1...4_000, using: &random), height: .random(in: 1...4_000, using: &random),
                mode: Bool.random(using: &random) ? .contain : .cover,
                rotation: .allCases.randomElement(using: &random) ?? .none)
            let plan = RenditionPlan(recipe, photo: photo)
            let note: Comment = "seed \(seed), \(photo), \(recipe.canonicalText): \(plan)"
            #expect(plan.output.width <= recipe.width && plan.output.height <= recipe.height, note)
            #expect(plan.scaled.width <= photo.width && plan.scaled.height <= photo.height, note)
            #expect(plan.kept.width <= plan.scaled.width && plan.kept.height <= plan.scaled.height, note)
            #expect(plan.output.width >= 1 && plan.output.height >= 1, note)
            let box =
                recipe.rotation.swapsSides
                ? RenditionPlan.Size(width: recipe.height, height: recipe.width)
                : .init(width: recipe.width, height: recipe.height)
            if recipe.mode == .cover && photo.width >= box.width && photo.height >= box.height {
                #expect(plan.kept == box, note)
            }
        }
    }

    @Test func aRecipeSurvivesItsText() {
        let recipe = RenditionRecipe(width: 1080, height: 1920, mode: .cover, rotation: .threeQuarters, quality: 77)
        #expect(RenditionRecipe(canonicalText: recipe.canonicalText) == recipe)
        for text in [
            "", "v0 jpeg 1x1 contain 0 q88", "v2 jpeg 01x1 contain 0 q88", "v2 jpeg 1x1 contain 45 q88",
            "v2 jpeg 99999x1 contain 0 q88",
        ] {
            #expect(RenditionRecipe(canonicalText: text) == nil)
        }
    }

    @Test func anIdIsOfThePhotoAndTheRecipeAndNothingElseIsOne() {
        let recipe = RenditionRecipe(width: 10, height: 10)
        let id = RenditionID(contentHash: "a", recipe: recipe)
        #expect(id == RenditionID(contentHash: "a", recipe: recipe))
        #expect(id != RenditionID(contentHash: "b", recipe: recipe))
        #expect(id != RenditionID(contentHash: "a", recipe: RenditionRecipe(width: 10, height: 11)))
        #expect(RenditionID(text: id.text) == id)
        for text in ["", "../../etc/passwd", id.text.uppercased(), id.text + "0", String(id.text.dropLast()) + "/"] {
            #expect(RenditionID(text: text) == nil)
        }
    }
}
