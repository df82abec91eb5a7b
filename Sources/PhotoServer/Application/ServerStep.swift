/// The steps from a click to its acknowledgement, between any two of which a server may die. Tests have it die there.
package enum ServerStep: String, Sendable, CaseIterable {
    /// A change was asked for; nothing is done.
    case changeAsked
    /// It is in the database; the answer is not sent.
    case changeCommitted
    /// The publisher has read what a display should hold.
    case publishRead
    /// The mediator has it.
    case publishPut
    /// The pages were told so.
    case publishTold
    /// The database knows that the mediator has it.
    case publishMarked
    /// A command was asked for.
    case commandAsked
    /// The mediator has it; the answer is not sent.
    case commandPut
    /// The pages were told so.
    case commandTold
    /// A display has reported.
    case statusHeard
    /// The pages were told so.
    case statusTold
}
