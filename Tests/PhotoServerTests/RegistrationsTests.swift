import PhotoLibrary
import TestSupport
import Testing

@testable import PhotoServer

/// The displays that wait, without a server: time is what the test says it is.
struct RegistrationsTests {
    private typealias Waiting = Registrations<ContinuousClock.Instant>
    private let start = ContinuousClock.now

    private func applicant(_ id: String, secret: String = "s", address: String = "a") -> Waiting.Applicant {
        .init(id: id, secretHash: secret, name: nil, kind: .browser, width: 10, height: 10, address: address)
    }

    @Test func `a code is read as people type it, and nothing else is one`() {
        #expect(PairingCode(typed: " k7m-4px ")?.text == "K7M4PX")
        for wrong in [
            "", "K7M4P", "K7M4PXX", "K7M4PO", "K7M4P0", "K7M4P1", "ÄÄÄÄÄÄ", String(repeating: "K", count: 99),
        ] {
            #expect(PairingCode(typed: wrong) == nil, "\(wrong)")
        }
        #expect(PairingCode.symbols.count == 23)
        #expect(Set("0O1IL2Z5S8BUV").isDisjoint(with: PairingCode.symbols))
    }

    @Test func `codes of displays that wait at once are all different, and each finds its display`() throws {
        var generator = SeededGenerator(seed: 7)
        var waiting = Waiting(limits: .init(capacity: 2000, perAddress: 2000))
        var codes: [PairingCode: String] = [:]
        for number in 0..<2000 {
            let id = "d\(number)"
            codes[try waiting.register(self.applicant(id), now: self.start, using: &generator).code] = id
        }
        #expect(codes.count == 2000)
        for (code, id) in codes { #expect(waiting.find(code, now: self.start)?.id == id) }
    }

    @Test func `a code lives ten minutes; a display that is still there shows another then`() throws {
        var generator = SeededGenerator(seed: 1)
        var waiting = Waiting()
        let first = try waiting.register(self.applicant("hall"), now: self.start, using: &generator)
        let late = self.start.advanced(by: .seconds(599))
        let end = self.start.advanced(by: .seconds(600))
        #expect(waiting.find(first.code, now: late)?.id == "hall")
        #expect(waiting.find(first.code, now: end) == nil)
        #expect(waiting.claim(first.code, now: end) == nil)
        // Asking again before the end changes nothing.
        #expect(try waiting.register(self.applicant("hall"), now: late, using: &generator).code == first.code)
        let second = try #require(waiting.current("hall", now: end, using: &generator))
        #expect(second.code != first.code)
        #expect(waiting.find(first.code, now: end) == nil)
        #expect(waiting.find(second.code, now: end)?.id == "hall")
    }

    @Test func `a display that has gone leaves no place taken`() throws {
        var generator = SeededGenerator(seed: 2)
        var waiting = Waiting(limits: .init(capacity: 2, perAddress: 2))
        for id in ["a", "b"] { _ = try waiting.register(self.applicant(id), now: self.start, using: &generator) }
        #expect(throws: Waiting.Refusal.full) {
            try waiting.register(self.applicant("c"), now: self.start, using: &generator)
        }
        let end = self.start.advanced(by: .seconds(600))
        #expect(waiting.current("a", now: end, using: &generator) != nil)
        _ = try waiting.register(self.applicant("c"), now: end, using: &generator)
        #expect(waiting.count == 2)
        #expect(waiting.current("b", now: end, using: &generator) == nil)
    }

    @Test func `one address cannot take every place`() throws {
        var generator = SeededGenerator(seed: 3)
        var waiting = Waiting()
        for number in 0..<20 {
            _ = try waiting.register(self.applicant("d\(number)"), now: self.start, using: &generator)
        }
        #expect(throws: Waiting.Refusal.fullForAddress) {
            try waiting.register(self.applicant("one-more"), now: self.start, using: &generator)
        }
        _ = try waiting.register(self.applicant("other", address: "b"), now: self.start, using: &generator)
    }

    @Test func `who knows only the id is not the display`() throws {
        var generator = SeededGenerator(seed: 4)
        var waiting = Waiting()
        _ = try waiting.register(self.applicant("hall"), now: self.start, using: &generator)
        #expect(throws: Waiting.Refusal.anotherSecret) {
            try waiting.register(self.applicant("hall", secret: "t"), now: self.start, using: &generator)
        }
    }

    @Test func `a code is used once, and good again when it came to nothing`() throws {
        var generator = SeededGenerator(seed: 5)
        var waiting = Waiting()
        let code = try waiting.register(self.applicant("hall"), now: self.start, using: &generator).code
        #expect(waiting.claim(code, now: self.start)?.id == "hall")
        #expect(waiting.claim(code, now: self.start) == nil)
        waiting.release("hall")
        #expect(waiting.claim(code, now: self.start)?.id == "hall")
        waiting.finish("hall")
        #expect(waiting.claim(code, now: self.start) == nil)
        #expect(waiting.count == 0)
    }
}
