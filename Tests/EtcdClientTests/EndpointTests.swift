import EtcdClient
import Testing

struct EndpointTests {
    @Test(arguments: [
        ("http://127.0.0.1:2379", "127.0.0.1", 2379, false), ("https://etcd.example:1", "etcd.example", 1, true),
        ("etcd.example:65535", "etcd.example", 65535, false), ("etcd.example", "etcd.example", 2379, false),
        ("[::1]:4000", "::1", 4000, false), ("https://[fe80::1]", "fe80::1", 2379, true),
        ("http://a:1/", "a", 1, false),
    ])
    func endpointsAreRead(text: String, host: String, port: Int, usesTLS: Bool) throws {
        #expect(try EtcdClient.Endpoint(text) == EtcdClient.Endpoint(host: host, port: port, usesTLS: usesTLS))
    }

    @Test(arguments: [
        "", "http://", "ftp://a:1", "a:0", "a:65536", "a:x", "a:", "http://a:1/path", "[::1", "user@a:1", "a b",
    ])
    func nonsenseIsRefusedByName(text: String) {
        let error = #expect(throws: EtcdError.self) { try EtcdClient.Endpoint(text) }
        #expect(error?.code == .badConfiguration)
        #expect(error?.message.contains(text) == true)
    }

    @Test func listsAreSeparatedByCommas() throws {
        let configuration = try EtcdClient.Configuration(endpoints: "http://a:1, https://b:2")
        #expect(configuration.endpoints.map(\.description) == ["http://a:1", "https://b:2"])
        #expect(throws: EtcdError.self) { try EtcdClient.Configuration(endpoints: " ,") }
    }

    @Test func aDescribedPasswordStaysSecret() {
        let credentials = EtcdClient.Credentials(user: "hall", password: "sesame")
        var dumped = ""
        dump(credentials, to: &dumped)
        #expect(!"\(credentials) \(String(reflecting: credentials)) \(dumped)".contains("sesame"))
    }
}

struct KeyRangeTests {
    @Test(arguments: [
        (Key("a"), [UInt8(ascii: "b")]), (Key([0x61, 0xff]), [0x62]), (Key([0xff, 0xff]), [0]),
        (Key([0x61, 0xff, 0x01]), [0x61, 0xff, 0x02]),
    ])
    func aPrefixEndsBeforeTheNextOne(prefix: Key, end: [UInt8]) {
        #expect(KeyRange.prefix(prefix).end == Key(end))
    }

    @Test(arguments: [
        (KeyRange.key("b"), ["b"]), (.prefix("b"), ["b", "ba"]), (.range("b", "c"), ["b", "ba"]),
        (.from("b"), ["b", "ba", "c"]), (.all, ["a", "b", "ba", "c"]), (.range("c", "b"), []),
    ])
    func aRangeContainsItsKeys(range: KeyRange, keys: [Key]) {
        #expect((["a", "b", "ba", "c"] as [Key]).filter { range.contains($0) } == keys)
    }
}
