import AgentResources
import ClusterIdentity
import FoundationEssentials
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import RPC

/// A controller's port with nothing behind it but peers' connections; what the API server worker would offer.
final class ControllerPort: APIServer {
    var statistics: APIStatistics { APIStatistics() }

    typealias Acceptor = @Sendable (PeerConnection) -> EventLoopFuture<Void>

    private let acceptors: NIOLockedValueBox<[PeerRoute: Acceptor]>
    private let server: HTTPServer
    let address: String

    init(_ identity: ControllerIdentity, port: Int = 0) async throws {
        let acceptors = NIOLockedValueBox<[PeerRoute: Acceptor]>([:])
        self.acceptors = acceptors
        self.server = try await HTTPServer.bind(
            host: "127.0.0.1",
            port: port,
            group: MultiThreadedEventLoopGroup.singleton,
            tls: identity.serverTLS,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { request in
            guard let route = PeerRoute(rawValue: request.path), let certificate = request.peerCertificate,
                let peer = try? identity.peerID(of: certificate),
                let accept = acceptors.withLockedValue({ $0[route] })
            else { return .respond(HTTPAnswer(.serviceUnavailable, "not now")) }
            return .detach(protocolName: "pubsub") { channel, _ in
                accept(PeerConnection(channel: channel, peer: peer))
            }
        }
        self.address = "127.0.0.1:\(self.server.localAddress.port ?? 0)"
    }

    func accept(_ route: PeerRoute, _ accept: @escaping Acceptor) {
        self.acceptors.withLockedValue { $0[route] = accept }
    }

    func stopAccepting(_ route: PeerRoute) { self.acceptors.withLockedValue { $0[route] = nil } }

    var accepts: Bool { self.acceptors.withLockedValue { $0[.pubsub] != nil } }

    func close() async { await self.server.close(grace: .zero) }
}

/// Controllers of one cluster in this process, their ports open.
struct TestControllers {
    let identities: [ControllerIdentity]
    let ports: [ControllerPort]

    init(count: Int) async throws {
        let servers = (1...UInt64(count)).map { ClusterServer(id: $0, address: "127.0.0.1:\($0)") }
        let bootstrap = try ClusterBootstrap(servers: servers)
        var ports: [ControllerPort] = []
        for identity in try bootstrap.identities() { ports.append(try await ControllerPort(identity)) }
        // The same certificates again, now that the ports are known.
        let opened = zip(servers, ports).map { ClusterServer(id: $0.id, address: $1.address) }
        self.ports = ports
        self.identities = try bootstrap.controllers.map { cluster, certificate in
            var cluster = cluster
            cluster.servers = opened
            return try ControllerIdentity(
                cluster: cluster,
                authority: bootstrap.authority.certificate,
                controller: certificate,
                now: Date()
            )
        }
    }

    func close() async { for port in self.ports { await port.close() } }
}
