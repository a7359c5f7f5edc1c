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
        guard let address = PeerAddress(server.address) else {
            return loop.makeFailedFuture(PeerAddressError(address: server.address))
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

/// The parts of a `host:port`, IPv6 addresses in brackets.
struct PeerAddress: Hashable {
    var host: String
    var port: Int

    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]) else {
            return nil
        }
        var host = text[..<colon]
        if host.first == "[", host.last == "]" { host = host.dropFirst().dropLast() }
        guard !host.isEmpty else { return nil }
        self.host = String(host)
        self.port = Int(port)
    }
}

/// The configuration names a peer by something that is no address.
struct PeerAddressError: Error, CustomStringConvertible {
    var address: String

    var description: String { "\"\(self.address)\" is not HOST:PORT" }
}
