import PhotoLibrary

/// The displays that wait to be let in, each with the code on its screen. Pure: the caller brings the time.
///
/// A code lives ten minutes. A display that keeps asking gets a new one then; one that has gone is forgotten with its
/// code. What strangers can take up here is bounded, in all and by address.
struct Registrations<Instant: InstantProtocol> where Instant.Duration == Duration {
    struct Limits: Sendable {
        var codeLifetime: Duration = .seconds(600)
        var capacity = RequestLimits.pendingDisplays
        /// Behind one address there may be a house full of displays.
        var perAddress = 20
    }

    /// A display that waits.
    struct Registration: Sendable {
        let id: String
        let secretHash: String
        var name: String?
        var kind: DisplayRecord.Kind
        var width: Int
        var height: Int
        /// Whom it came from, as far as the network says.
        var address: String
        fileprivate(set) var code: PairingCode
        /// When the code is void.
        fileprivate(set) var codeEnds: Instant
        fileprivate var isBeingPaired = false
    }

    /// What a display says of itself when it registers.
    struct Applicant: Sendable {
        let id: String
        let secretHash: String
        var name: String?
        var kind: DisplayRecord.Kind
        var width: Int
        var height: Int
        var address: String
    }

    enum Refusal: Error, Equatable {
        /// As many wait as there may.
        case full
        /// As many wait from this address as there may.
        case fullForAddress
        /// Another display waits under this id.
        case anotherSecret
    }

    private let limits: Limits
    private var waiting: [String: Registration] = [:]
    private var ids: [PairingCode: String] = [:]

    init(limits: Limits = Limits()) {
        self.limits = limits
    }

    var count: Int { self.waiting.count }

    /// Takes note of a display, or of its asking again.
    mutating func register(
        _ applicant: Applicant, now: Instant, using generator: inout some RandomNumberGenerator
    ) throws(Refusal) -> Registration {
        if let known = self.waiting[applicant.id] {
            guard equalInConstantTime(known.secretHash, applicant.secretHash) else { throw .anotherSecret }
            self.waiting[applicant.id]?.name = applicant.name
            self.waiting[applicant.id]?.kind = applicant.kind
            self.waiting[applicant.id]?.width = applicant.width
            self.waiting[applicant.id]?.height = applicant.height
            if let current = self.current(applicant.id, now: now, using: &generator) { return current }
        }
        self.forgetEnded(now: now)
        guard self.waiting.count < self.limits.capacity else { throw .full }
        let neighbours = self.waiting.values.count { $0.address == applicant.address }
        guard neighbours < self.limits.perAddress else { throw .fullForAddress }
        let code = self.freshCode(using: &generator)
        let registration = Registration(
            id: applicant.id, secretHash: applicant.secretHash, name: applicant.name, kind: applicant.kind,
            width: applicant.width, height: applicant.height, address: applicant.address, code: code,
            codeEnds: now.advanced(by: self.limits.codeLifetime))
        self.waiting[applicant.id] = registration
        self.ids[code] = applicant.id
        return registration
    }

    /// A display that is there and asks: its code is renewed if it has ended. Nil when it does not wait here.
    mutating func current(
        _ id: String, now: Instant, using generator: inout some RandomNumberGenerator
    ) -> Registration? {
        guard var registration = self.waiting[id] else { return nil }
        if registration.codeEnds <= now, !registration.isBeingPaired {
            self.ids[registration.code] = nil
            registration.code = self.freshCode(using: &generator)
            registration.codeEnds = now.advanced(by: self.limits.codeLifetime)
            self.ids[registration.code] = id
            self.waiting[id] = registration
        }
        return registration
    }

    /// The display that shows this code now.
    func find(_ code: PairingCode, now: Instant) -> Registration? {
        guard let registration = self.ids[code].flatMap({ self.waiting[$0] }), registration.codeEnds > now,
            !registration.isBeingPaired
        else { return nil }
        return registration
    }

    /// Takes the display that shows this code, so that nobody else can: two people who type it at once get one display.
    /// It waits on until ``finish(_:)`` or ``release(_:)``.
    mutating func claim(_ code: PairingCode, now: Instant) -> Registration? {
        guard let registration = self.find(code, now: now) else { return nil }
        self.waiting[registration.id]?.isBeingPaired = true
        return registration
    }

    /// A claimed display is let in: its code is used up.
    mutating func finish(_ id: String) {
        guard let registration = self.waiting.removeValue(forKey: id) else { return }
        self.ids[registration.code] = nil
    }

    /// A claimed display was not let in after all: its code is good again.
    mutating func release(_ id: String) {
        self.waiting[id]?.isBeingPaired = false
    }

    private mutating func forgetEnded(now: Instant) {
        for registration in self.waiting.values where registration.codeEnds <= now && !registration.isBeingPaired {
            self.finish(registration.id)
        }
    }

    private func freshCode(using generator: inout some RandomNumberGenerator) -> PairingCode {
        var code = PairingCode(using: &generator)
        // At most as many are taken as may wait: a second draw is rare, a third was never seen.
        while self.ids[code] != nil { code = PairingCode(using: &generator) }
        return code
    }
}

extension Registrations: Sendable where Instant: Sendable {}
