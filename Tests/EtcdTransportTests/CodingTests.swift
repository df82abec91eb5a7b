import NIOCore
import Testing

@testable import EtcdTransport

struct CodingTests {
    @Test(arguments: [
        ("", ""), ("plain text", "plain text"), ("100 %", "100 %25"), ("größer", "gr%C3%B6%C3%9Fer"), ("a\nb", "a%0Ab"),
    ])
    func messagesArePercentEncoded(text: String, encoded: String) {
        #expect(GRPCStatus.percentEncode(text) == encoded)
        #expect(GRPCStatus.percentDecode(encoded) == text)
    }

    @Test(arguments: [("100%", "100%"), ("%zz", "%zz"), ("%4", "%4"), ("%41%", "A%")])
    func whatCannotBeDecodedStays(encoded: String, text: String) {
        #expect(GRPCStatus.percentDecode(encoded) == text)
    }

    @Test(arguments: [
        ("1H", TimeAmount.hours(1)), ("5M", .minutes(5)), ("30S", .seconds(30)), ("100m", .milliseconds(100)),
        ("7u", .microseconds(7)), ("99999999n", .nanoseconds(99_999_999)), ("0S", .zero),
        ("99999999H", .nanoseconds(1 << 60)),
    ])
    func timeoutsAreRead(value: String, timeout: TimeAmount) {
        #expect(GRPCTimeout.parse(value) == timeout)
    }

    @Test(arguments: ["", "1", "S", "-1S", "+1S", "1.5S", "1s", "123456789S", " 1S", "1S ", "１S"])
    func malformedTimeoutsAreRefused(value: String) {
        #expect(GRPCTimeout.parse(value) == nil)
    }

    @Test(arguments: [
        (TimeAmount.nanoseconds(1), "1n"), (.milliseconds(1), "1000000n"), (.seconds(5), "5000000u"),
        (.minutes(30), "1800000m"), (.hours(1000), "3600000S"), (.nanoseconds(-5), "1n"),
    ])
    func timeoutsAreWrittenInTheFinestUnitThatFits(timeout: TimeAmount, value: String) {
        #expect(GRPCTimeout.format(timeout) == value)
    }

    @Test(arguments: [1, 2, 3, 7, 1_000])
    func messagesAreFoundHoweverTheBytesAreCut(chunk: Int) throws {
        var bytes = ByteBuffer()
        for length in [0, 1, 300, 5] {
            bytes.writeInteger(UInt8(0))
            bytes.writeInteger(UInt32(length))
            bytes.writeRepeatingByte(UInt8(length & 0xff), count: length)
        }
        var decoder = GRPCMessageDecoder(maximumMessageBytes: 300)
        var lengths: [Int] = []
        while var part = bytes.readSlice(length: min(chunk, bytes.readableBytes)), part.readableBytes > 0 {
            decoder.append(&part)
            while let message = try decoder.next() { lengths.append(message.readableBytes) }
        }
        #expect(lengths == [0, 1, 300, 5])
        #expect(!decoder.hasPartialMessage)
    }

    @Test func pausesDoubleUpToTheirMaximumAndAreSpread() {
        var backoff = ConnectBackoff(initial: .milliseconds(50), maximum: .seconds(2))
        var generator = SystemRandomNumberGenerator()
        for full in [50, 100, 200, 400, 800, 1_600, 2_000, 2_000] {
            let pause = backoff.pause(using: &generator)
            #expect(pause <= .milliseconds(full))
            #expect(pause >= .milliseconds(full) / 2)
        }
        backoff.reset()
        #expect(backoff.pause(using: &generator) <= .milliseconds(50))
    }
}
