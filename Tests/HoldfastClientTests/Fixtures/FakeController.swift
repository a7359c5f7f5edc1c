import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import RPC

@testable import HoldfastClient

/// A controller's port with the facades a client needs, and leases that obey the test.
final class FakeController: Sendable {
    /// What a request gets; `nil` lets the request wait for ever.
    typealias Answer = @Sendable (RPCRequest) -> Result<JSONValue, RPCFailure>?

    let server: HTTPServer
    private let requests = NIOLockedValueBox<[RPCRequest]>([])

    private init(server: HTTPServer) { self.server = server }

    var address: String { "127.0.0.1:\(self.server.localAddress.port ?? 0)" }

    /// All requests but logins, in order.
    var received: [RPCRequest] { self.requests.withLockedValue { $0 } }

    /// Runs a controller that answers by `answer`; a request that throws away its connection calls `close`.
    static func start(
        token: String = "secret",
        globalTime: Int64? = nil,
        _ answer: @escaping @Sendable (RPCRequest, _ close: () -> Void) -> Result<JSONValue, RPCFailure>?
    ) async throws -> FakeController {
        let box = NIOLockedValueBox<FakeController?>(nil)
        let server = try await HTTPServer.bind(
            host: "127.0.0.1",
            port: 0,
            group: MultiThreadedEventLoopGroup.singleton,
            tls: try Self.tls(),
            logger: Logger(label: "fake") { _ in SwiftLogNoOpLogHandler() }
        ) { request in
            guard request.path == "/model/m-1/api" else { return .respond(HTTPAnswer(.notFound, "nothing here")) }
            return .rpc { info in
                Handler { request, reply in
                    if request.facade == "Admin" {
                        guard request.params["credentials"]?.string == token else {
                            return reply.fail(
                                RPCFailure(code: "unauthorized access", message: "invalid entity name or password")
                            )
                        }
                        var welcome: JSONObject = ["server-version": "0.1.0"]
                        if let globalTime { welcome.append("global-time-ms", .int(globalTime)) }
                        return reply.succeed(.object(welcome))
                    }
                    box.withLockedValue { $0 }?.requests.withLockedValue { $0.append(request) }
                    switch answer(request, { info.close("as the test wishes") }) {
                    case .success(let value): reply.succeed(value)
                    case .failure(let failure): reply.fail(failure)
                    case nil: Self.kept.withLockedValue { $0.append(reply) }
                    }
                }
            }
        }
        let controller = FakeController(server: server)
        box.withLockedValue { $0 = controller }
        return controller
    }

    func stop() async { await self.server.close(grace: .zero) }

    /// Replies nobody will give, kept so that they do not answer by themselves.
    private static let kept = NIOLockedValueBox<[RPCReply]>([])

    private struct Handler: RPCHandler {
        var answer: @Sendable (RPCRequest, RPCReply) -> Void

        func handle(_ request: RPCRequest, reply: RPCReply) { self.answer(request, reply) }
        func connectionClosed() {}
    }

    private static func tls() throws -> NIOSSLContext {
        try NIOSSLContext(
            configuration: .makeServerConfiguration(
                certificateChain: [
                    .certificate(try NIOSSLCertificate(bytes: Array(TestCertificates.controller.utf8), format: .pem))
                ],
                privateKey: .privateKey(
                    try NIOSSLPrivateKey(bytes: Array(TestCertificates.controllerKey.utf8), format: .pem)
                )
            )
        )
    }
}

extension ClientConfiguration {
    /// For the fake controllers.
    static func test(_ addresses: [String], token: String = "secret") -> ClientConfiguration {
        ClientConfiguration(
            controllers: addresses,
            caCertificate: TestCertificates.authority,
            account: "user-admin",
            token: token,
            model: "m-1"
        )
    }
}

/// Leases by the rules, for as many fake controllers as a test wants.
final class FakeLeases: Sendable {
    struct Holding: Sendable {
        var holder: String
        var token: Int64
    }

    private struct State: Sendable {
        var held: [String: Holding] = [:]
        var lastToken: Int64 = 0
        var remembered: [String: JSONValue] = [:]
        var applied = 0
    }

    private let state = NIOLockedValueBox(State())

    /// How many commands were carried out, retries not counted.
    var applied: Int { self.state.withLockedValue { $0.applied } }

    func holder(of lease: String) -> String? { self.state.withLockedValue { $0.held[lease]?.holder } }

    /// Takes or gives a lease behind everybody's back.
    func put(_ lease: String, _ holder: String?) {
        self.state.withLockedValue { state in
            state.lastToken += 1
            state.held[lease] = holder.map { Holding(holder: $0, token: state.lastToken) }
        }
    }

    func answer(_ request: RPCRequest) -> JSONValue {
        let items = request.params["leases"]?.array ?? []
        return ["results": .array(items.map { self.answer(request.method, $0) })]
    }

    private func answer(_ method: String, _ item: JSONValue) -> JSONValue {
        let lease = item["lease"]?.string ?? ""
        return self.state.withLockedValue { state in
            if let id = item["operation-id"]?.string, let known = state.remembered[id] { return known }
            let result = Self.carryOut(method, item, lease, &state)
            if let id = item["operation-id"]?.string { state.remembered[id] = result }
            return result
        }
    }

    private static func carryOut(_ method: String, _ item: JSONValue, _ lease: String, _ state: inout State)
        -> JSONValue
    {
        if lease.isEmpty { return ["error": ["message": "the name is empty", "code": "not valid"]] }
        let holder = item["holder"]?.string
        let held = state.held[lease]
        func grant(_ outcome: String, _ holding: Holding) -> JSONValue {
            [
                "lease": .string(lease), "outcome": .string(outcome), "holder": .string(holding.holder),
                "token": .int(holding.token), "expires-in-ms": item["duration-ms"] ?? 1_000,
            ]
        }
        state.applied += 1
        switch (method, held) {
        case ("Claim", let other?) where other.holder != holder: return grant("held", other)
        case ("Claim", let own?): return grant("applied", own)
        case ("Claim", nil):
            state.lastToken += 1
            let holding = Holding(holder: holder ?? "", token: state.lastToken)
            state.held[lease] = holding
            return grant("applied", holding)
        case ("Extend", let own?) where own.holder == holder: return grant("applied", own)
        case ("Extend", let other?): return grant("held", other)
        case ("Extend", nil), ("Revoke", nil):
            return ["lease": .string(lease), "outcome": "never", "reason": "not-held"]
        case ("Check", let held?): return grant("held", held)
        case ("Check", nil): return ["lease": .string(lease), "outcome": "free", "matches": false]
        case ("Wait", let held): return ["lease": .string(lease), "outcome": held == nil ? "free" : "held"]
        default:
            state.held[lease] = nil
            return ["lease": .string(lease), "outcome": "applied"]
        }
    }
}
