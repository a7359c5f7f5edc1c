package import NIOCore
package import NIOSSL

/// Connects to a controller and turns the connection into raw bytes over TLS, as peers do for Raft and the hub.
package enum UpgradeClient {
    /// Connects, shakes hands, asks `path` for an upgrade to `protocolName`, all within `timeout`.
    ///
    /// The future fails with `RPCConnectError`; nothing of HTTP is left in the channel's pipeline when it succeeds.
    /// - Parameters:
    ///   - serverName: the name the other end's certificate must carry; addresses are no names for TLS.
    ///   - configure: adds the new protocol's handlers, on the channel's event loop; no byte is read before its future
    ///     completes.
    package static func connect(
        host: String,
        port: Int,
        path: String,
        protocolName: String,
        tls: NIOSSLContext,
        serverName: String? = "juju-apiserver",
        group: any EventLoopGroup,
        timeout: Duration = .seconds(10),
        configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        UpgradeRequest(
            host: host,
            port: port,
            path: path,
            protocolName: protocolName,
            tls: tls,
            serverName: serverName,
            timeout: timeout,
            configure: configure
        ).connect(on: group.next())
    }
}
