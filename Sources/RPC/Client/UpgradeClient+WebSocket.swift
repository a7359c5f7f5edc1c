package import NIOCore
import NIOHTTP1
package import NIOSSL
import NIOWebSocket

extension UpgradeClient {
    /// Connects and asks `path` for a WebSocket, whose frames are then the caller's own: nothing of NIO's is put in, so
    /// that a load tool with very many connections pays for none of it.
    ///
    /// - Parameters:
    ///   - serverName: the name the controller's certificate must carry; `nil` when certificates are not checked.
    ///   - configure: as for any other upgrade.
    package static func connectWebSocket(
        host: String,
        port: Int,
        path: String,
        tls: NIOSSLContext,
        serverName: String? = "juju-apiserver",
        group: any EventLoopGroup,
        timeout: Duration = .seconds(10),
        configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        let upgrader = NIOWebSocketClientUpgrader { channel, _ in channel.eventLoop.makeSucceededVoidFuture() }
        var headers = HTTPHeaders()
        upgrader.addCustom(upgradeRequestHeaders: &headers)
        return UpgradeRequest(
            host: host,
            port: port,
            path: path,
            protocolName: "websocket",
            headers: headers,
            tls: tls,
            serverName: serverName,
            timeout: timeout,
            accept: upgrader.shouldAllowUpgrade,
            configure: configure
        ).connect(on: group.next())
    }
}
