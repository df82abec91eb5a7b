/// What one response tells: one object for all watchers that hear the same, so that what is made of it can be shared too.
package final class WatchEvents: RandomAccessCollection, Sendable {
    private let events: [WatchEvent]
    let cost: Int

    init(_ events: [WatchEvent]) {
        self.events = events
        self.cost = events.reduce(0) { $0 + $1.cost }
    }

    package var startIndex: Int { 0 }
    package var endIndex: Int { self.events.count }
    package subscript(position: Int) -> WatchEvent { self.events[position] }
}
