import AgentResources
import NIOConcurrencyHelpers
import NIOCore

/// Who takes peers' upgraded connections: at most one for each route. Thread-safe.
final class PeerAcceptors: Sendable {
    typealias Acceptor = @Sendable (PeerConnection) -> EventLoopFuture<Void>

    private let acceptors = NIOLockedValueBox<[PeerRoute: Acceptor]>([:])

    func acceptor(of route: PeerRoute) -> Acceptor? { self.acceptors.withLockedValue { $0[route] } }

    func set(_ acceptor: Acceptor?, for route: PeerRoute) { self.acceptors.withLockedValue { $0[route] = acceptor } }
}

/// The port as other workers see it.
struct ListeningAPIServer: APIServer {
    let address: String
    let peers: PeerAcceptors
    let meter: APIMeter

    var statistics: APIStatistics { self.meter.statistics }

    func accept(_ route: PeerRoute, _ accept: @escaping @Sendable (PeerConnection) -> EventLoopFuture<Void>) {
        self.peers.set(accept, for: route)
    }

    func stopAccepting(_ route: PeerRoute) { self.peers.set(nil, for: route) }
}
