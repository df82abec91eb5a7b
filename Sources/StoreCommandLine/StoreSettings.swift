import CommandLineSupport
import EtcdServer

/// What the settings say about the store.
struct StoreSettings {
    let configuration: EtcdServer.Configuration

    /// - Throws: `CommandFailure` for what does not fit together, `EtcdServerError` if certificates cannot be made.
    init(_ settings: LayeredSettings) throws {
        let address = try settings.address("listen") ?? ListenAddress(host: "127.0.0.1", port: 2379)
        let data = try settings.required("data")
        var configuration = EtcdServer.Configuration(dataDirectory: data, host: address.host, port: address.port)
        configuration.limits = try Self.limits(settings)
        configuration.tls = try Self.tls(settings)
        if !address.isLoopback, !(try settings.flag("insecure")) {
            configuration.requiresLogin = true
            if configuration.tls == nil {
                let isAny = ["0.0.0.0", "::", "*"].contains(address.host)
                let own = try OwnCertificates(
                    folder: "\(data)/tls", hosts: isAny ? OwnCertificates.hostsOfThisMachine() : [address.host])
                configuration.tls = .init(certificateFile: own.certificateFile, privateKeyFile: own.privateKeyFile)
            }
        }
        self.configuration = configuration
    }

    private static func tls(_ settings: LayeredSettings) throws -> EtcdServer.TLS? {
        switch (settings.string("cert-file"), settings.string("key-file")) {
        case (let certificate?, let key?):
            return .init(
                certificateFile: certificate, privateKeyFile: key,
                clientAuthorityFile: settings.string("trusted-ca-file"))
        case (nil, nil):
            guard settings.string("trusted-ca-file") == nil else {
                throw CommandFailure(
                    .usage, "--trusted-ca-file needs --cert-file and --key-file",
                    remedy: "Give the server a certificate, so that clients can show theirs to it.")
            }
            return nil
        case (_?, nil), (nil, _?):
            throw CommandFailure(
                .usage, "--cert-file and --key-file belong together", remedy: "Give both, or none of them.")
        }
    }

    private static func limits(_ settings: LayeredSettings) throws -> EtcdServer.Limits {
        var limits = EtcdServer.Limits()
        if let text = settings.string("quota-backend-bytes") {
            guard let bytes = Int(text), bytes >= 0 else {
                throw Self.bad("quota-backend-bytes", text, "a number of bytes, or 0 for no bound")
            }
            limits.quotaBytes = bytes
        }
        let retention = settings.string("auto-compaction-retention")
        switch settings.string("auto-compaction-mode") ?? "revision" {
        case "revision":
            guard let retention else { break }
            guard let revisions = Int64(retention), revisions >= 0 else {
                throw Self.bad("auto-compaction-retention", retention, "a number of revisions, or 0 to keep all")
            }
            limits.retainedRevisions = revisions == 0 ? .max : revisions
        case "periodic":
            guard let age = Self.duration(retention ?? "1h") else {
                throw Self.bad("auto-compaction-retention", retention ?? "", "a time such as 90m or 24h")
            }
            if age == .zero { limits.retainedRevisions = .max } else { limits.retainedAge = age }
        case let mode:
            throw Self.bad("auto-compaction-mode", mode, "revision or periodic")
        }
        return limits
    }

    /// Reads `1h30m`, `90m`, `45s`; a number alone is hours, as etcd reads it.
    private static func duration(_ text: String) -> Duration? {
        if let hours = Int64(text) { return hours >= 0 ? .seconds(hours * 3_600) : nil }
        var total = Duration.zero
        var number = ""
        for character in text {
            if character.isNumber {
                number.append(character)
                continue
            }
            guard let value = Int64(number), value < 1 << 40 else { return nil }
            switch character {
            case "h": total += .seconds(value * 3_600)
            case "m": total += .seconds(value * 60)
            case "s": total += .seconds(value)
            default: return nil
            }
            number = ""
        }
        return number.isEmpty && !text.isEmpty ? total : nil
    }

    private static func bad(_ name: String, _ value: String, _ wanted: String) -> CommandFailure {
        CommandFailure(
            .usage, "--\(name) must be \(wanted), not \(value.debugDescription)",
            remedy: "See --help for what it means.")
    }
}
