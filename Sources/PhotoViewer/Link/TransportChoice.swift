import DisplayChannel
import Logging

/// Over what a display hears its changes.
package enum TransportChoice: String, CaseIterable, Sendable {
    /// etcd, and server-sent events where that cannot be reached.
    case auto
    case etcd, events

    /// Makes the line.
    ///
    /// - Throws: ``ViewerError`` when the endpoints make no sense or the CA cannot be kept.
    package func link(
        _ credentials: Credentials, service: any PhotoService & DisplayEventService, store: any ChannelMemoryStore,
        certificateFile: String, logger: Logger
    ) throws(ViewerError) -> any DisplayLink {
        let makeEtcd = { @Sendable () throws(ViewerError) -> any DisplayLink in
            try EtcdLink(credentials: credentials, store: store, certificateFile: certificateFile, logger: logger)
        }
        let makeEvents = { @Sendable () -> any DisplayLink in
            EventsLink(service: service, token: credentials.token, store: store, logger: logger)
        }
        switch self {
        case .etcd: return try makeEtcd()
        case .events: return ReportingLink(makeEvents(), transport: .events)
        case .auto:
            return SwitchingLink(
                makeEtcd: makeEtcd, makeEvents: makeEvents,
                etcdAnswers: {
                    await EtcdLink.answers(credentials, certificateFile: certificateFile, logger: logger)
                },
                serverAnswers: { await service.answers() }, logger: logger)
        }
    }
}
