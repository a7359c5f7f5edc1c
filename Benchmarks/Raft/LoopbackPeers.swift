import AgentResources
import Consensus
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import PeerTransport

/// Controllers of one process that reach each other over sockets without TLS, to measure Raft and nothing else.
///
/// Each pair has a port of its own, so that an accepted connection says whose it is.
final class LoopbackPeers: Sendable {
    private let ports = NIOLockedValueBox<[UInt64: [UInt64: Int]]>([:])
    private let listeners = NIOLockedValueBox<[any Channel]>([])
    private let group = MultiThreadedEventLoopGroup.singleton

    /// What one controller needs of the network: others connect to `server`, it connects to them by `dialer`.
    func join(_ id: UInt64, peers: [UInt64]) async throws -> (server: LoopbackServer, dialer: any PeerDialer) {
        let server = LoopbackServer()
        for peer in peers where peer != id {
            let listener = try await ServerBootstrap(group: self.group)
                .childChannelInitializer { channel in
                    server.accepted(PeerConnection(channel: channel, peer: peer))
                }
                .bind(host: "127.0.0.1", port: 0).get()
            let port = listener.localAddress?.port ?? 0
            self.ports.withLockedValue { $0[peer, default: [:]][id] = port }
            self.listeners.withLockedValue { $0.append(listener) }
        }
        return (server, Dialer(ports: self.ports, id: id))
    }

    func close() async {
        for listener in self.listeners.withLockedValue({ $0 }) { try? await listener.close() }
    }

    private struct Dialer: PeerDialer {
        let ports: NIOLockedValueBox<[UInt64: [UInt64: Int]]>
        let id: UInt64

        func dial(
            _ server: Server,
            on loop: any EventLoop,
            configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
        ) -> EventLoopFuture<any Channel> {
            let port = self.ports.withLockedValue { $0[self.id]?[server.id.rawValue] } ?? 1
            return ClientBootstrap(group: loop).channelOption(.tcpOption(.tcp_nodelay), value: 1)
                .channelInitializer(configure).connect(host: "127.0.0.1", port: port)
        }
    }
}

/// The part of an API server that peers need.
final class LoopbackServer: APIServer {
    var statistics: APIStatistics { APIStatistics() }
    let address = "127.0.0.1"
    private let acceptor = NIOLockedValueBox<(@Sendable (PeerConnection) -> EventLoopFuture<Void>)?>(nil)

    func accept(_ route: PeerRoute, _ accept: @escaping @Sendable (PeerConnection) -> EventLoopFuture<Void>) {
        self.acceptor.withLockedValue { $0 = accept }
    }

    func stopAccepting(_ route: PeerRoute) { self.acceptor.withLockedValue { $0 = nil } }

    func accepted(_ connection: PeerConnection) -> EventLoopFuture<Void> {
        guard let accept = self.acceptor.withLockedValue({ $0 }) else {
            return connection.channel.close()
        }
        return accept(connection)
    }
}
