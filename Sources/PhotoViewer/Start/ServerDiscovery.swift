import Foundation

/// Finds photo servers that announce themselves on this network (DNS-SD, RFC 6763), through avahi.
package enum ServerDiscovery {
    package static let serviceType = "_photoserver._tcp"
    private static let patience: Duration = .seconds(10)

    /// - Returns: The first server's address; nil when nobody answers.
    /// - Throws: ``ViewerError``: this machine cannot ask.
    package static func find() async throws(ViewerError) -> String? {
        let command = ["avahi-browse", "--resolve", "--parsable", "--terminate", "--no-db-lookup", self.serviceType]
        let outcome: Tool.Outcome
        do {
            outcome = try await Tool.run(command, within: self.patience)
        } catch  where error.code == .notFound {
            throw ViewerError(.notFound, "avahi-browse is not installed (Debian's package avahi-utils)")
        }
        guard outcome.status == 0 else {
            let reason = outcome.output.split(separator: "\n").first.map(String.init) ?? "no reason given"
            throw ViewerError(.unreachable, "avahi cannot search this network: \(reason)")
        }
        return self.servers(in: outcome.output).first
    }

    /// Reads avahi-browse's parsable lines:
    /// `=;eth0;IPv4;Photos;_photoserver._tcp;local;box.local;192.168.1.5;8080;"scheme=http"`.
    ///
    /// What strangers announce is only ever tried as an address: nothing is sent there but a registration.
    static func servers(in output: String) -> [String] {
        let found = output.split(separator: "\n").compactMap { line -> (isPlain: Bool, address: String)? in
            let fields = line.split(separator: ";", omittingEmptySubsequences: false)
            guard fields.count >= 9, fields[0] == "=", fields[4] == Self.serviceType, let port = UInt16(fields[8])
            else { return nil }
            let notes = Self.notes(String(fields.dropFirst(9).joined(separator: ";")))
            if let url = notes["url"], (try? HTTPPhotoService.check(server: url)) != nil { return (true, url) }
            let scheme = notes["scheme"] == "https" ? "https" : "http"
            let isPlain = fields[2] == "IPv4"
            // A certificate names a host, not an address.
            let host = scheme == "https" ? String(fields[6]) : isPlain ? String(fields[7]) : "[\(fields[7])]"
            let address = "\(scheme)://\(host):\(port)"
            // An address of this link alone cannot be written in a URL.
            guard !fields[7].lowercased().hasPrefix("fe80"), (try? HTTPPhotoService.check(server: address)) != nil
            else {
                return nil
            }
            return (isPlain, address)
        }
        // The machine's own address last of those that can be typed: the screen shows what others shall open.
        let isHere = { (address: String) in address.contains("//127.") }
        let plain = found.filter(\.isPlain).map(\.address)
        let ordered = plain.filter { !isHere($0) } + plain.filter(isHere) + found.filter { !$0.isPlain }.map(\.address)
        return ordered.reduce(into: []) { if !$0.contains($1) { $0.append($1) } }
    }

    /// `"scheme=https" "url=https://photos.example"`.
    private static func notes(_ text: String) -> [String: String] {
        let pairs = text.split(separator: "\"").compactMap { part -> (String, String)? in
            let sides = part.split(separator: "=", maxSplits: 1)
            return sides.count == 2 ? (String(sides[0]), String(sides[1])) : nil
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }
}
