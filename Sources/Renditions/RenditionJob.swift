/// What a worker process is asked to do: one photo, one decode, any number of results. JSON on its standard input.
struct RenditionJob: Codable, Sendable {
    struct Output: Codable, Sendable {
        var recipe: RenditionRecipe
        /// A file that does not exist yet; whoever asked makes it durable and gives it its name.
        var path: String
    }

    var source: String
    /// What people call the photo, for messages.
    var name: String
    var outputs: [Output]
    var limits: RenditionLimits
    /// Whether it has the machine to itself, as a giant must.
    var runsAlone: Bool
}

/// A worker's answer. JSON on its standard output.
enum RenditionAnswer: Codable, Sendable {
    struct Failure: Codable, Sendable {
        var code: RenditionError.Code
        var message: String
        /// What the library underneath said: for the log, not for people.
        var detail: String?
    }

    case done(facts: PhotoFacts, sizes: [RenditionPlan.Size])
    /// So many pixels that it must run alone. Ask again when it can.
    case mustRunAlone
    case failed(Failure)
}
