import ClusterIdentity
import Consensus
import FoundationEssentials
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import PeerTransport
import RPC

/// What came of one side's sending, as a list a test waits for.
final class Received: Sendable {
    let events: AsyncStream<PeerEvent>
    let continuation: AsyncStream<PeerEvent>.Continuation

    init() { (self.events, self.continuation) = AsyncStream.makeStream(of: PeerEvent.self) }

    /// The next messages from a peer.
    func messages(_ count: Int) async -> [Message] {
        var messages: [Message] = []
        for await event in self.events {
            if case .messages(let new, _) = event { messages += new }
            if messages.count >= count { break }
        }
        return messages
    }

    /// The next peer that connects.
    func connection() async -> ServerID? {
        for await event in self.events {
            if case .connected(let peer) = event { return peer }
        }
        return nil
    }
}

/// Dials whatever port a server has just now.
struct PortDialer: PeerDialer {
    let tls: NIOSSLContext
    let ports: NIOLockedValueBox<[ServerID: Int]>

    func dial(
        _ server: Server,
        on loop: any EventLoop,
        configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        let port = self.ports.withLockedValue { $0[server.id] } ?? 1
        return UpgradeDialer(tls: self.tls, timeout: .seconds(5)).dial(
            Server(id: server.id, address: "127.0.0.1:\(port)"),
            on: loop,
            configure: configure
        )
    }
}

/// A controller's listening side: a real API port with TLS that upgrades peers on `/raft`.
struct ListeningPeer {
    let server: HTTPServer
    let acceptor: PeerAcceptor
    let received: Received
    var port: Int { self.server.localAddress.port ?? 0 }

    init(
        _ identity: ControllerIdentity,
        clusterID: String? = nil,
        options: PeerOptions = PeerOptions(),
        group: any EventLoopGroup
    ) async throws {
        let received = Received()
        let logger = Logger(label: "peer") { _ in SwiftLogNoOpLogHandler() }
        let acceptor = PeerAcceptor(
            clusterID: clusterID ?? identity.clusterID,
            local: ServerID(identity.id),
            members: identity.servers.map { ServerID($0.id) },
            options: options,
            logger: logger
        ) { received.continuation.yield($0) }
        self.received = received
        self.acceptor = acceptor
        self.server = try await HTTPServer.bind(
            host: "127.0.0.1",
            port: 0,
            group: group,
            tls: identity.serverTLS,
            logger: logger
        ) { request in
            guard request.path == UpgradeDialer.path, let certificate = request.peerCertificate,
                let peer = try? identity.peerID(of: certificate)
            else { return .respond(HTTPAnswer(.forbidden, "no")) }
            return .detach(protocolName: UpgradeDialer.protocolName) { channel, _ in
                acceptor.accept(channel, peer: ServerID(peer))
            }
        }
    }

    func close(on loop: any EventLoop) async throws {
        try await self.acceptor.close(on: loop).get()
        await self.server.close(grace: .zero)
    }
}

/// The identities of a cluster whose controllers have ids from 1.
func identities(_ count: UInt64 = 3) throws -> [ControllerIdentity] {
    try ClusterBootstrap(servers: (1...count).map { ClusterServer(id: $0, address: "127.0.0.1:\($0)") }).identities()
}

/// A sending side, and the calls of its loop from a test.
struct SendingPeer {
    let loop: any EventLoop
    let network: NIOLoopBound<PeerNetwork>
    let snapshots: AsyncStream<Bool>

    init(
        _ identity: ControllerIdentity,
        sender: ServerID? = nil,
        ports: NIOLockedValueBox<[ServerID: Int]>,
        options: PeerOptions = PeerOptions(),
        loop: any EventLoop
    ) async throws {
        let (snapshots, ended) = AsyncStream.makeStream(of: Bool.self)
        self.snapshots = snapshots
        self.loop = loop
        self.network = try await loop.submit {
            let network = PeerNetwork(
                clusterID: identity.clusterID,
                local: Server(id: sender ?? ServerID(identity.id), address: identity.address),
                peers: identity.servers.map { Server(id: ServerID($0.id), address: $0.address) },
                dialer: PortDialer(tls: identity.peerTLS, ports: ports),
                eventLoop: loop,
                options: options,
                logger: Logger(label: "peer") { _ in SwiftLogNoOpLogHandler() }
            ) { _, delivered in ended.yield(delivered) }
            network.start()
            return NIOLoopBound(network, eventLoop: loop)
        }.get()
    }

    func send(_ messages: [Message], to peer: UInt64) async throws {
        try await self.loop.submit {
            for message in messages { self.network.value.send(message, to: ServerID(peer)) }
            self.network.value.flush()
        }.get()
    }

    func close() async throws {
        try await self.loop.flatSubmit { self.network.value.close() }.get()
    }
}
