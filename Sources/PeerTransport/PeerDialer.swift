import ClusterIdentity
package import Consensus
package import NIOCore
package import NIOSSL
import RPC

/// Makes connections to peers; a seam for tests.
package protocol PeerDialer: Sendable {
    /// Connects to `server` on `loop` and runs `configure` there before any byte arrives.
    func dial(
        _ server: Server,
        on loop: any EventLoop,
        configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel>
}

/// Dials a peer's API port over mutual TLS and upgrades the connection on `/raft`.
package struct UpgradeDialer: PeerDialer {
    /// The path and the protocol the API server hands over to Raft.
    package static let path = "/raft"
    package static let protocolName = "raft"

    private let tls: NIOSSLContext
    private let timeout: Duration

    /// `tls` shows this controller's certificate and trusts the cluster's authority only.
    package init(tls: NIOSSLContext, timeout: Duration) {
        self.tls = tls
        self.timeout = timeout
    }

    package func dial(
        _ server: Server,
        on loop: any EventLoop,
        configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        let address: HostAndPort
        do {
            address = try HostAndPort(server.address)
        } catch {
            return loop.makeFailedFuture(error)
        }
        return UpgradeClient.connect(
            host: address.host,
            port: address.port,
            path: Self.path,
            protocolName: Self.protocolName,
            tls: self.tls,
            group: loop,
            timeout: self.timeout,
            configure: configure
        )
    }
}
