import Foundation
import Slideshow
import TestSupport
import Testing

/// The rules of a browser display, asked in a real browser: its modules are loaded from the server as the page loads
/// them, and driven by tables.
@Suite(.serialized, .timeLimit(.minutes(2))) struct ScreenModulesTests {
    @Test func `a browser's commands run at most once, its order is every display's, and its hours are right`()
        async throws
    {
        try await RunningServer.withServer { server in
            try await WebDriver.withBrowser(log: server.folder) { browser in
                // A page of the same place, whose own script does nothing that matters here.
                try await browser.open("\(server.base)/signin")
                try await self.expectCommandRules(browser)
                try await self.expectOrder(browser)
                try await self.expectPairs(browser)
                try await self.expectStep(browser)
                try await self.expectMotion(browser)
                try await self.expectHours(browser)
            }
        }
    }

    private func expectCommandRules(_ browser: WebDriver) async throws {
        let answer = try await browser.run(
            """
            return import('/static/screen-channel.js').then(({ Channel, emptyMemory }) => {
              const event = (name, cluster, revision, topics) =>
                ({ event: name, id: `${cluster}:${revision}`, data: JSON.stringify({ revision, topics }) });
              const command = (revision) => ({ change_photo: { revision, value: '"forward"' } });
              const state = (revision, value) => ({ settings: { revision, value } });
              const said = [];
              let channel = new Channel(emptyMemory());
              const take = (...given) => {
                const { changed, isNewer, commands } = channel.take(event(...given));
                said.push([[...changed].join(), isNewer, commands.map((one) => one.revision).join(), channel.received].join('|'));
              };
              // First contact: state is applied, the command may be years old.
              take('snapshot', 'a', 10, { ...state(4, '{}'), ...command(5) });
              take('changes', 'a', 11, command(11));
              // The same again, after the connection broke: nothing.
              take('changes', 'a', 11, command(11));
              take('snapshot', 'a', 11, command(11));
              // A restart of the browser remembers.
              channel = new Channel(JSON.parse(JSON.stringify(channel.memory)));
              take('snapshot', 'a', 12, command(11));
              take('snapshot', 'a', 13, command(13));
              // The same value written again is to be acknowledged, and draws nothing.
              take('changes', 'a', 14, state(14, '{}'));
              take('changes', 'a', 15, state(15, '{"fit":"cover"}'));
              // A store set back, and another store: no old command runs.
              take('snapshot', 'a', 9, { ...state(9, '{}'), ...command(8) });
              take('snapshot', 'b', 99, { ...state(50, '{}'), ...command(98) });
              take('changes', 'a', 100, command(100));
              take('changes', 'b', 101, command(101));
              return said.join(' ');
            });
            """)
        #expect(
            answer
                == """
                settings|true||5 |false|11|11 |false||11 |false||11 |false||11 |false|13|13 |true||14 settings|true||15 \
                settings|true||9 |true||98 |false||98 |false|101|101
                """)
    }

    /// SplitMix64's last step and FNV-1a, as decision and protocol have them, written a second time.
    private static func rank(_ seed: UInt64, _ round: UInt64, _ name: String) -> UInt64 {
        func mix(_ value: UInt64) -> UInt64 {
            var z = value
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
        let start = 0xCBF2_9CE4_8422_2325 ^ mix(seed ^ mix(round))
        return mix(name.utf8.reduce(start) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 })
    }

    private func expectOrder(_ browser: WebDriver) async throws {
        let names = (0..<40).map { "Föhr \($0).jpg" }
        let list = String(decoding: try JSONEncoder().encode(names), as: UTF8.self)
        for (seed, round) in [(0, 0), (7, 3), (9_007_199_254_740_991, 12)] as [(UInt64, UInt64)] {
            let answer = try await browser.run(
                """
                return import('/static/screen-order.js')
                  .then(({ shuffled }) => JSON.stringify(shuffled(\(list), \(seed)n, \(round)n)));
                """)
            let expected = names.sorted { Self.rank(seed, round, $0) < Self.rank(seed, round, $1) }
            #expect(try JSONDecoder().decode([String].self, from: Data(answer.utf8)) == expected)
        }
        let rounds = try await browser.run(
            """
            return import('/static/screen-order.js').then(({ Order }) => {
              const photos = \(list).map((name) => ({ name }));
              let order = new Order();
              const shown = [];
              for (let step = 0; step < 120; step += 1) {
                order.set(photos, 'shuffle', 5n);
                const { name, place } = order.next();
                order.show(name, place);
                shown.push(name);
                // A restart in the middle of a round forgets nothing.
                if (step % 17 === 0) order = new Order(JSON.parse(JSON.stringify(order.kept)));
              }
              const whole = [0, 40, 80].map((start) => new Set(shown.slice(start, start + 40)).size);
              const twice = shown.filter((name, step) => name === shown[step - 1]).length;
              return whole.join() + '|' + twice;
            });
            """)
        #expect(rounds == "40,40,40|0")
    }

    /// Fourteen photos, five of them portraits, so that one of a round stands alone.
    private static let mixed = (0..<14).map { (name: "Möwe \($0).jpg", isPortrait: $0 % 3 == 1) }
    private static var mixedList: String {
        "["
            + self.mixed.map { photo in
                #"{"name":"\#(photo.name)","date":"","width":\#(photo.isPortrait ? 720 : 1080),"#
                    + #""height":\#(photo.isPortrait ? 1080 : 720)}"#
            }.joined(separator: ",") + "]"
    }

    private func expectPairs(_ browser: WebDriver) async throws {
        let answer = try await browser.run(
            """
            return import('/static/screen-order.js').then(({ Order }) => {
              const photos = \(Self.mixedList);
              const portraits = new Set(photos.filter((one) => one.height > one.width).map((one) => one.name));
              const walk = (mode, steps) => {
                let order = new Order();
                const said = [];
                for (let step = 0; step < steps; step += 1) {
                  order.set(photos, mode, 5n, true);
                  const { name, companion, place } = order.next();
                  order.show(name, place, companion);
                  said.push(companion === undefined ? [name] : [name, companion]);
                  if (step % 7 === 0) order = new Order(JSON.parse(JSON.stringify(order.kept)));
                }
                order.set(photos, mode, 5n, true);
                return { said, back: order.back() };
              };
              const { said, back } = walk('shuffle', 24);
              const pairs = said.filter((one) => one.length === 2);
              const whole = [said.slice(0, 12), said.slice(12)].map((round) => new Set(round.flat()).size).join();
              const listed = walk('as_listed', 15).said.filter((one) => one.length === 2).length;
              const neighbours = new Order();
              neighbours.set(photos.filter((one) => portraits.has(one.name)), 'as_listed', 0n, true);
              const first = neighbours.next();
              return [
                pairs.length, pairs.flat().every((name) => portraits.has(name)), whole, listed,
                JSON.stringify([back.name, back.companion].filter(Boolean)) === JSON.stringify(said.at(-2)),
                first.name, first.companion,
              ].join('|');
            });
            """)
        // Of five portraits two pairs and a single one in each round of twelve places; none are neighbours as listed.
        #expect(answer == "4|true|14,14|0|true|Möwe 1.jpg|Möwe 4.jpg")
    }

    /// What a group shows at each instant is asked of the displays' own slideshow, which shares no line with this one.
    private func expectStep(_ browser: WebDriver) async throws {
        for (order, mode) in [(SlideOrder.shuffle, "shuffle"), (.asListed, "as_listed")] {
            for isPaired in [false, true] {
                let answer = try await browser.run(
                    """
                    return import('/static/screen-order.js').then(({ Order }) => {
                      const order = new Order();
                      order.set(\(Self.mixedList), '\(mode)', 7n, \(isPaired));
                      const at = (number) => order.at(number);
                      return JSON.stringify(Array.from({ length: 60 }, (_, number) =>
                        [at(number).name, at(number).companion].filter(Boolean)));
                    });
                    """)
                let seen = try JSONDecoder().decode([[String]].self, from: Data(answer.utf8))
                let slides = Self.mixed.map { Slide(name: $0.name, content: $0.name, isPortrait: $0.isPortrait) }
                let expected = (0..<60).map { number in
                    var show = Slideshow(
                        settings: SlideshowSettings(
                            timing: ChangeTiming(interval: .seconds(10)), order: order, seed: 7,
                            pairsPortraits: isPaired, isInStep: true), slides: slides,
                        available: Set(slides.map(\.content)))
                    let instant: Duration = .seconds(number * 10 + 3)
                    _ = show.handle(.start, at: Moment(uptime: instant, wall: instant))
                    return (show.shown?.slides ?? []).map(\.name)
                }
                #expect(seen == expected, "\(mode), pairs \(isPaired)")
            }
        }
    }

    /// Decision 110, written a second time.
    private func expectMotion(_ browser: WebDriver) async throws {
        for (id, seconds) in [("3f", 10.0), ("a+b", 60), ("Föhr", 600), ("x", 0.2)] {
            let answer = try await browser.run(
                """
                return import('/static/screen-motion.js').then(({ motionOf }) => {
                  const { duration, x, y, scale } = motionOf('\(id)', \(seconds));
                  return JSON.stringify([duration, x, y, scale(0), scale(duration / 3), scale(duration), scale(1000)]);
                });
                """)
            let seen = try JSONDecoder().decode([Double].self, from: Data(answer.utf8))
            let duration = min(max(seconds, 1), 60)
            let largest = min(1.125, exp(0.006 * duration))
            var hash = id.utf8.reduce(0xCBF2_9CE4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
            hash ^= hash >> 32
            let parts = [UInt8(truncatingIfNeeded: hash >> 8), UInt8(truncatingIfNeeded: hash >> 16)]
            let scales = [0, 1.0 / 3, 1, 1].map { pow(largest, hash.isMultiple(of: 2) ? $0 : 1 - $0) }
            let expected = [duration] + parts.map { 0.25 + Double($0) / 510 } + scales
            #expect(zip(seen, expected).allSatisfy { abs($0 - $1) < 1e-9 }, "\(id): \(seen) is not \(expected)")
        }
    }

    private func expectHours(_ browser: WebDriver) async throws {
        let answer = try await browser.run(
            """
            return import('/static/screen-time.js').then(({ due, isAsleep, light, readSettings }) => {
              const of = (members) => readSettings({ time_zone: 'Europe/Berlin', ...members });
              const at = (text) => Date.parse(text);
              const night = { sleep: [{ days: ['fri'], from: '22:00', to: '07:00' }] };
              const iso = (instant) => new Date(instant).toISOString().slice(5, 19);
              return [
                // Saturday 06:00 belongs to Friday's night; Saturday 22:30 does not.
                isAsleep(of(night), at('2026-11-28T05:00:00Z')), isAsleep(of(night), at('2026-11-28T21:30:00Z')),
                light(of({ dim: [{ from: '20:00', to: '23:00', brightness: 0.4 }] }), at('2026-11-28T20:30:00Z')),
                iso(due(of({ interval_base: '*:00', interval_time: 15, interval_units: 'minutes' }), at('2026-11-28T05:07:00Z'))),
                // The day on which the clock is set back.
                iso(due(of({ interval_base: '08:00', interval_time: 1, interval_units: 'days' }), at('2026-10-24T12:00:00Z'))),
                iso(due(of({ interval_time: 30, group_clock: true }), at('2026-11-28T05:07:10Z'))),
                iso(due(of({ interval_time: '90' }), 0)), iso(due(of({ interval_time: 0.001 }), 0)),
              ].join(' ');
            });
            """)
        #expect(answer == "true false 0.4 11-28T05:15:00 10-25T07:00:00 11-28T05:07:30 01-01T00:01:30 01-01T00:00:01")
    }
}
