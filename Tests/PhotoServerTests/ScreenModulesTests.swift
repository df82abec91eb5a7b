import Foundation
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
