import TestSupport
import EtcdStore
import Testing

struct BytesTests {
    @Test(
        arguments: [
            ([], [0]), ([0], [0, 0]), ([1], [2]), ([0x61], [0x61, 0]), ([0x7f], [0x80]), ([0xfe, 0xff], [0xff]),
        ] as [([UInt8], [UInt8])])
    func keysSortAsUnsignedBytes(smaller: [UInt8], larger: [UInt8]) {
        #expect(Bytes(smaller) < Bytes(larger))
        #expect(!(Bytes(larger) < Bytes(smaller)))
        #expect(Bytes(smaller) != Bytes(larger))
    }

    @Test(
        arguments: [
            ([0x61], [0x62]), ([0x61, 0xff], [0x62]), ([0x61, 0xfe, 0xff, 0xff], [0x61, 0xff]), ([0xff], nil),
        ] as [([UInt8], [UInt8]?)])
    func thePrefixEndDropsTrailingFullBytes(prefix: [UInt8], end: [UInt8]?) {
        #expect(Bytes(prefix).prefixEnd?.array == end)
    }

    @Test func aRangeKnowsWhetherItIsExactlyAPrefix() {
        #expect(KeyRange.prefix("ab").prefix == "ab")
        #expect(KeyRange(key: Bytes([0x61, 0xff]), rangeEnd: "b").prefix == Bytes([0x61, 0xff]))
        #expect(KeyRange(key: "a", rangeEnd: "c").prefix == nil)
        #expect(KeyRange(key: "a", rangeEnd: Bytes([0])).prefix == nil)
    }

    @Test func theChecksumIsCRC32C() {
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xe306_9283)
        #expect(CRC32C.checksum([]) == 0)
        #expect(CRC32C.checksum(Array("The quick brown fox jumps over the lazy dog".utf8)) == 0x2262_0404)
    }
}

struct SortedMapTests {
    @Test(arguments: [1, 2, 3] as [UInt64])
    func itAgreesWithADictionary(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var map = SortedMap<Int>()
        var model: [Bytes: Int] = [:]
        for step in 0..<4_000 {
            let key = Bytes.random(using: &generator, length: 1...6)
            if step % 3 == 2 {
                map.remove(key)
                model[key] = nil
            } else {
                map.update(key, initial: 0) { $0 = step }
                model[key] = step
            }
        }
        #expect(map.count == model.count)
        for range in [KeyRange.all, .prefix("a"), .prefix("ab"), KeyRange(key: "a", rangeEnd: "c"), .single("a")] {
            var found: [Bytes] = []
            map.scan(range) { key, value in
                #expect(model[key] == value)
                found.append(key)
                return true
            }
            #expect(found == model.keys.filter { range.contains($0) }.sorted())
        }
        for key in model.keys { map.remove(key) }
        #expect(map.count == 0)
    }
}
