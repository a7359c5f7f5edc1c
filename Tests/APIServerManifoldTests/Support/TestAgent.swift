import AgentResources
import ClusterIdentity
import DependencyEngine
import NIOCore
import NIOPosix
import RPC

@testable import APIServerManifold

/// What an API server needs around it, without an agent.
struct TestAgent {
    let bootstrap: ClusterBootstrap
    let identities: [ControllerIdentity]
    let services: APIServices
    let setIdentity: @Sendable (ControllerIdentity?) -> Void
    let setLeases: @Sendable ((any LeaseService)?) -> Void
    let setRaft: @Sendable ((any Proposals)?) -> Void
    let setMetrics: @Sendable ((any MetricsPage)?) -> Void

    var identity: ControllerIdentity { self.identities[0] }
    var token: String { self.bootstrap.administratorToken.text }

    init(
        leases: (any LeaseService)? = nil,
        raft: (any Proposals)? = nil,
        operations: (any Operations)? = nil,
        engine: any EngineAccess = FakeEngine(),
        faultInjection: Bool = false
    ) throws {
        self.bootstrap = try ClusterBootstrap(
            servers: (1...3).map { ClusterServer(id: $0, address: "127.0.0.1:\(17_069 + $0)") }
        )
        self.identities = try self.bootstrap.identities()
        let lateIdentity = Live<ControllerIdentity>.standalone(self.identities[0])
        let lateLeases = Deferred<any LeaseService>.standalone(leases)
        let lateRaft = Deferred<any Proposals>.standalone(raft)
        let lateMetrics = Deferred<any MetricsPage>.standalone()
        self.setMetrics = lateMetrics.set
        self.setIdentity = lateIdentity.set
        self.setLeases = lateLeases.set
        self.setRaft = lateRaft.set
        self.services = APIServices(
            currentIdentity: CurrentIdentity(self.identities[0], from: lateIdentity.live),
            leases: lateLeases.handle,
            raft: lateRaft.handle,
            operations: Deferred<any Operations>.standalone(operations).handle,
            metrics: lateMetrics.handle,
            engine: engine,
            faultInjection: faultInjection,
            version: "0.1.0",
            pauseBetweenAttempts: .milliseconds(1)
        )
    }

    /// A session as the server makes one, without the server.
    func session(
        _ route: APIRoute = .controller,
        limits: SessionLimits = SessionLimits()
    ) -> TestSession {
        TestSession(services: self.services, route: route, limits: limits)
    }

    /// A session whose user, or the agent `tag` names, has logged in.
    func loggedIn(as tag: String = "user-admin", limits: SessionLimits = SessionLimits()) async throws -> TestSession {
        let session = self.session(limits: limits)
        _ = try await session.logIn(tag, self.token)
        return session
    }
}

/// One session and its event loop; requests go in as the server would hand them over.
struct TestSession {
    let session: APISession
    let eventLoop: any EventLoop
    /// Why the session closed its connection, once it did.
    let closed: AsyncStream<String>

    init(services: APIServices, route: APIRoute, limits: SessionLimits) {
        let eventLoop = MultiThreadedEventLoopGroup.singleton.any()
        let (closed, closing) = AsyncStream.makeStream(of: String.self)
        self.eventLoop = eventLoop
        self.closed = closed
        self.session = APISession(
            connection: RPCConnectionInfo(
                id: 1,
                path: "/api",
                remoteAddress: "test",
                peerCertificate: nil,
                eventLoop: eventLoop,
                close: { closing.yield($0) }
            ),
            route: route,
            services: services,
            registry: .all,
            limits: limits
        )
    }

    func call(
        _ facade: String,
        _ version: Int,
        _ method: String,
        _ parameters: JSONValue = [:]
    ) async throws(RPCFailure) -> JSONValue {
        let (session, eventLoop) = (self.session, self.eventLoop)
        let request = RPCRequest(id: 1, facade: facade, version: version, method: method, params: parameters)
        let result: Result<RPCAnswer, RPCFailure> = await withCheckedContinuation { continuation in
            eventLoop.execute {
                let reply = RPCReply { continuation.resume(returning: $0) }
                let name = RPCCallName(facade: facade, version: version, method: method)
                // As the server does: from the bytes when the session can, else as a value.
                if let carryOut = parameters.serialized.withUnsafeBufferPointer({ session.direct(name, $0) }) {
                    carryOut(reply)
                } else {
                    session.handle(request, reply: reply)
                }
            }
        }
        do {
            return try result.get().value
        } catch let failure as RPCFailure {
            throw failure
        } catch {
            throw RPCFailure(code: "test", message: "the answer is no JSON: \(error)")
        }
    }

    func logIn(_ tag: String, _ token: String) async throws(RPCFailure) -> JSONValue {
        try await self.call("Admin", 3, "Login", ["auth-tag": .string(tag), "credentials": .string(token)])
    }

    func lease(_ method: String, _ parameters: JSONValue) async throws(RPCFailure) -> JSONValue {
        try await self.call("Lease", 1, method, parameters)
    }

    /// The connection goes, as the server would say it.
    func close() async throws {
        let session = self.session
        try await self.eventLoop.submit { session.connectionClosed() }.get()
    }
}

/// The failure `body` ends with.
func failure(_ body: () async throws -> JSONValue) async -> RPCFailure? {
    do {
        _ = try await body()
        return nil
    } catch {
        return error as? RPCFailure
    }
}
