import TestSupport
import Testing

@testable import PhotoServer

struct ConnectionQueueTests {
    @Test func `the one that has been idle longest makes way`() {
        var queue = ConnectionQueue(maximum: 3)
        for connection in 1...3 { #expect(queue.opened(connection) == nil) }
        queue.works(1)
        #expect(queue.opened(4) == 2, "1 is worked on")
        queue.waits(1)
        #expect(queue.opened(5) == 3)
        #expect(queue.opened(6) == 4, "1 has waited for less long than 4")
        #expect(queue.opened(7) == 1)
        queue.closed(6)
        #expect(queue.opened(8) == nil)
        #expect(queue.count == 3)
    }

    @Test func `where all are worked on, the newest is the one that goes`() {
        var queue = ConnectionQueue(maximum: 2)
        for connection in 1...2 {
            #expect(queue.opened(connection) == nil)
            queue.works(connection)
        }
        #expect(queue.opened(3) == 3)
        queue.works(3)
        queue.waits(3)
        #expect(queue.count == 2)
    }

    @Test(arguments: SoakSeeds.all)
    func `it says what a plain list says`(seed: UInt64) {
        print("connection queue: seed \(seed)")
        var random = SeededGenerator(seed: seed)
        var queue = ConnectionQueue(maximum: 8)
        // The longest waiting first; those that are worked on apart.
        var (waiting, working): ([Int], Set<Int>) = ([], [])
        var next = 0
        for _ in 0..<5000 {
            let all = waiting + working.sorted()
            switch Int.random(in: 0..<6, using: &random) {
            case 0, 1:
                next += 1
                waiting.append(next)
                let surplus = waiting.count + working.count > 8 ? waiting.removeFirst() : nil
                #expect(queue.opened(next) == surplus)
            case 2, 3:
                guard let one = all.randomElement(using: &random) else { continue }
                waiting.removeAll { $0 == one }
                working.insert(one)
                queue.works(one)
            case 4:
                guard let one = working.sorted().randomElement(using: &random) else { continue }
                working.remove(one)
                waiting.append(one)
                queue.waits(one)
            default:
                guard let one = all.randomElement(using: &random) else { continue }
                waiting.removeAll { $0 == one }
                working.remove(one)
                queue.closed(one)
            }
            #expect(queue.count == waiting.count + working.count)
        }
    }
}

struct JSONExtentTests {
    @Test func `brackets and commas within texts count for nothing`() {
        let text = String(repeating: "[,{", count: 30_000)
        #expect(JSONExtent.fits(Array(#"{"a": "\#(text)\" \\", "b": [1, 2]}"#.utf8)))
    }

    @Test func `as many photos as a request may name are few, and what would take a second is too much`() {
        let photos = (0..<RequestLimits.photosPerRequest).map { "\($0)" }.joined(separator: ",")
        #expect(JSONExtent.fits(Array(#"{"photos": [\#(photos)], "change": {"rating": 3}}"#.utf8)))
        #expect(!JSONExtent.fits(Array(("[" + String(repeating: "1,", count: 500_000) + "1]").utf8)))
        #expect(!JSONExtent.fits(Array(String(repeating: "[]", count: 500_000).utf8)))
        #expect(!JSONExtent.fits(Array(String(repeating: "{\"a\":", count: 33).utf8)))
        let deep = String(repeating: "[", count: 30) + String(repeating: "]", count: 30)
        #expect(JSONExtent.fits(Array(deep.utf8)))
        #expect(!JSONExtent.fits(Array(("[" + Array(repeating: deep, count: 200).joined(separator: ",") + "]").utf8)))
    }
}
