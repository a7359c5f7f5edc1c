import NIOCore
import RPC

/// Where a controller listens.
struct Endpoint: Sendable, Hashable {
    var host: String
    var port: Int

    /// Reads `host:port`, an IPv6 host in brackets; `nil` for anything else.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (1...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { return nil }
        self.init(host: String(host), port: port)
    }

    init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Connects as `settings` say; `configure` adds the handler for bare WebSocket bytes.
    static func connect(
        _ endpoint: Endpoint,
        _ settings: LoadLoop.Settings,
        on eventLoop: any EventLoop,
        configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        UpgradeClient.connectWebSocket(
            host: endpoint.host,
            port: endpoint.port,
            path: settings.path,
            tls: settings.tls,
            serverName: settings.serverName,
            group: eventLoop,
            timeout: settings.dialTimeout.duration,
            configure: configure
        )
    }
}
