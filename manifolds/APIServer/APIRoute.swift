import AgentResources
import ClusterIdentity
import DependencyEngine
import NIOCore
import NIOHTTP1
import NIOSSL
import RPC

/// What a connection's path says it is about.
enum APIRoute: Sendable, Hashable {
    /// `/api`: the controller as a whole; leases of the cluster's model are meant.
    case controller
    /// `/model/<uuid>/api`: one model, known or not; the login says which.
    case model(String)

    init?(path: String) {
        if path == "/api" {
            self = .controller
            return
        }
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 4, parts[0].isEmpty, parts[1] == "model", !parts[2].isEmpty, parts[3] == "api" else {
            return nil
        }
        self = .model(String(parts[2]))
    }
}

/// Decides what each HTTP request gets; called on the connections' event loops.
struct APIRouter: Sendable {
    let services: APIServices
    let registry: FacadeRegistry
    let peers: PeerAcceptors
    let limits: SessionLimits

    func route(_ request: HTTPRequestSummary) -> RouteDecision {
        if let route = APIRoute(path: request.path) { return self.api(route) }
        if let peer = PeerRoute(rawValue: request.path) { return self.upgrade(to: peer, request) }
        switch request.path {
        case "/": return .respond(HTTPAnswer(.ok, "Holdfast \(self.services.version)"))
        case "/health": return .respond(self.health)
        case "/metrics": return .respond(self.metrics)
        default: return .respond(HTTPAnswer(.notFound, "not found"))
        }
    }

    private func api(_ route: APIRoute) -> RouteDecision {
        guard self.services.gate.isOpen else { return .respond(.shuttingDown) }
        let (services, registry, limits) = (self.services, self.registry, self.limits)
        return .rpc { connection in
            APISession(
                connection: connection,
                route: route,
                services: services,
                registry: registry,
                limits: limits
            )
        }
    }

    /// Peers show who they are with their certificate; TLS has already refused those of another authority.
    private func upgrade(to route: PeerRoute, _ request: HTTPRequestSummary) -> RouteDecision {
        guard let certificate = request.peerCertificate else {
            return .respond(
                HTTPAnswer(.forbidden, "\(route.rawValue) is for controllers: show a controller's certificate")
            )
        }
        let identity = self.services.identity
        let peer: UInt64
        do throws(IdentityError) {
            peer = try identity.peerID(of: certificate)
        } catch {
            return .respond(HTTPAnswer(.forbidden, error.message))
        }
        guard peer != identity.id else {
            return .respond(
                HTTPAnswer(.forbidden, "controller \(peer) is this controller: give each its own certificate")
            )
        }
        guard self.services.gate.isOpen else { return .respond(.shuttingDown) }
        guard let accept = self.peers.acceptor(of: route) else {
            return .respond(HTTPAnswer(.serviceUnavailable, "nobody serves \(route.rawValue) here now, try again"))
        }
        return .detach(protocolName: route.protocolName) { channel, _ in
            accept(PeerConnection(channel: channel, peer: peer))
        }
    }

    /// Anyone may read it: it names no lease, no model and nobody who holds one.
    private var metrics: HTTPAnswer {
        guard let page = self.services.metrics.current else {
            return HTTPAnswer(.serviceUnavailable, "metrics are not there now, try again")
        }
        return HTTPAnswer(.ok, contentType: page.contentType, body: ByteBuffer(bytes: page.bytes))
    }

    /// Healthy is a controller through which leases can be had.
    private var health: HTTPAnswer {
        guard self.services.gate.isOpen else { return HTTPAnswer(.serviceUnavailable, "stopping") }
        guard let raft = self.services.raft.current else { return HTTPAnswer(.serviceUnavailable, "starting") }
        guard raft.status.leader != nil else { return HTTPAnswer(.serviceUnavailable, "no leader") }
        return HTTPAnswer(.ok, "running")
    }
}

extension HTTPAnswer {
    fileprivate static var shuttingDown: HTTPAnswer {
        HTTPAnswer(.serviceUnavailable, "apiserver shutdown in progress, try another controller")
    }
}

extension PeerRoute {
    /// What a peer asks to upgrade to.
    fileprivate var protocolName: String { String(self.rawValue.dropFirst()) }
}
