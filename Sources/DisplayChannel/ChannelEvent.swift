/// What a display hears from its mediator, in the order in which it has to act.
package enum ChannelEvent: Hashable, Sendable {
    /// The state after all topics of one revision; `changed` names the topics whose value differs from before (none
    /// when the same value was written again: then there is a revision to acknowledge and nothing to draw).
    /// The first one after a start carries every topic that is remembered.
    case state(DisplayState, changed: Set<Topic>, revision: Int64)
    /// Run this now. It was remembered as run before it was handed out, so it never comes twice.
    case command(DisplayCommand, revision: Int64)
    /// A command that must not or cannot be run, to be reported.
    case skipped(DisplayStatus.CommandReport)
    /// Everything up to this revision of the display's own keys has been handed out.
    case received(revision: Int64)
    /// The mediator cannot be heard; tries go on.
    case away(reason: String)
    /// The mediator answers again.
    case back
}
