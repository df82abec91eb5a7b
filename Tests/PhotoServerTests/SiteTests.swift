import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Testing

@testable import PhotoServer

struct SiteTests {
    private func request(_ headers: HTTPFields, host: String = "photos.local:8080") -> Request {
        Request(
            head: HTTPRequest(method: .post, scheme: "http", authority: host, path: "/", headerFields: headers),
            body: .init(buffer: ByteBuffer()))
    }

    @Test(arguments: [
        ("http://photos.local:8080", false), ("https://photos.local:8080", true), ("http://photos.local", true),
        ("http://evil.example", true), ("null", true), ("http://photos.local:8080.evil.example", true),
    ])
    func `without a public address, only the origin that was asked is ours`(origin: String, isCrossSite: Bool) {
        let site = Site(publicURL: nil, hasTLS: false)
        #expect(site.isCrossSite(self.request([.origin: origin])) == isCrossSite)
    }

    @Test(arguments: [
        ("https://photos.example", "photos.example", false), ("https://photos.example", "127.0.0.1:8080", false),
        ("http://127.0.0.1:8080", "127.0.0.1:8080", false), ("http://evil.example", "evil.example", true),
        ("http://127.evil.example", "127.evil.example", true), ("http://[::1]:8080", "[::1]:8080", false),
    ])
    func `with a public address, a rebound name does not become ours`(origin: String, host: String, isCrossSite: Bool) {
        let site = Site(publicURL: URL(string: "https://photos.example/"), hasTLS: false)
        #expect(site.isCrossSite(self.request([.origin: origin], host: host)) == isCrossSite)
    }

    @Test func `a program that is no browser needs no origin`() {
        #expect(!Site(publicURL: nil, hasTLS: false).isCrossSite(self.request([:])))
    }

    @Test func `behind a proxy on this machine the visitor's address counts, elsewhere nobody can forge one`() throws {
        let forged = self.request([.forwardedFor: "1.1.1.1, 192.0.2.7"])
        let proxied = Site(publicURL: URL(string: "https://photos.example"), hasTLS: false)
        let direct = Site(publicURL: nil, hasTLS: false)
        let loopback = try SocketAddress(ipAddress: "127.0.0.1", port: 1)
        let remote = try SocketAddress(ipAddress: "203.0.113.9", port: 1)
        let v6 = try SocketAddress(ipAddress: "2001:db8:1:2:3:4:5:6", port: 1)
        #expect(proxied.clientAddress(forged, peer: loopback) == "192.0.2.7")
        #expect(proxied.clientAddress(forged, peer: remote) == "203.0.113.9")
        #expect(direct.clientAddress(forged, peer: loopback) == "127.0.0.1")
        #expect(direct.clientAddress(forged, peer: v6) == "2001:db8:1:2::/64")
    }

    @Test(arguments: [
        ("0.0.0.0", 8080, nil as String?, false, false), ("127.0.0.1", 8080, nil, false, true),
        ("127.example.org", 8080, nil, false, false), ("0.0.0.0", 8080, "https://photos.example", false, true),
        ("0.0.0.0", 8080, "http://photos.example", false, false), ("0.0.0.0", 8080, nil, true, true),
        ("127.0.0.1", 8080, "https://photos.example/path", false, false), ("127.0.0.1", 8080, "nonsense", false, false),
    ])
    func `an address that others reach wants encryption, or a word that it is meant so`(
        host: String, port: Int, publicURL: String?, insecure: Bool, isGood: Bool
    ) {
        var configuration = PhotoServerConfiguration(
            dataDirectory: "x", listen: .init(host: host, port: port),
            mediator: .embedded(.init(address: .init(host: "127.0.0.1", port: 2379))))
        configuration.publicURL = publicURL.flatMap(URL.init)
        configuration.insecure = insecure
        let isValid = (try? configuration.validate()) != nil
        #expect(isValid == isGood)
    }
}
