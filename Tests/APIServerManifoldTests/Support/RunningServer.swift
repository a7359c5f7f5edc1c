import AgentResources
import ClusterIdentity
import DependencyEngine
import Logging
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import RPC

@testable import APIServerManifold

/// An API server on a port of its own, running as under the engine.
struct RunningServer {
    let agent: TestAgent
    let worker: APIServerWorker
    let drain: @Sendable () -> Void
    let stop: @Sendable () -> Void
    private let run: Task<Void, any Error>

    init(_ agent: TestAgent, _ configure: (inout APIServerOptions) -> Void = { _ in }) async throws {
        var options = APIServerOptions(
            host: "127.0.0.1",
            port: 0,
            group: MultiThreadedEventLoopGroup.singleton,
            engine: agent.services.engine,
            version: "0.1.0"
        )
        configure(&options)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let worker = try await APIServerWorker(options, services: agent.services, logger: logger)
        let (signal, drain, stop) = StopSignal.standalone()
        self.agent = agent
        self.worker = worker
        self.drain = drain
        self.stop = stop
        self.run = Task { try await worker.run(.standalone(manifold: "apiserver", logger: logger, stop: signal)) }
    }

    var port: Int { (try? HostAndPort(self.worker.output.address).port) ?? 0 }

    /// Asks the worker to end and returns once it has.
    func end() async throws {
        self.stop()
        try await self.ended()
    }

    /// Returns once the worker has ended by itself.
    func ended() async throws { try await self.run.value }

    // MARK: Clients

    /// A client's TLS: it trusts our cluster, or the one it is given, and shows nothing, or the certificate it is given.
    func tls(
        trusting cluster: ClusterBootstrap? = nil,
        showing shown: CertificateAndKey? = nil
    ) throws -> NIOSSLContext {
        let cluster = cluster ?? self.agent.bootstrap
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.trustRoots = .certificates(
            try NIOSSLCertificate.fromPEMBytes(Array(cluster.authority.certificate.utf8))
        )
        if let shown {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMBytes(Array(shown.certificate.utf8))
                .map { .certificate($0) }
            configuration.privateKey = .privateKey(
                try NIOSSLPrivateKey(bytes: Array(shown.privateKey.utf8), format: .pem)
            )
        }
        return try NIOSSLContext(configuration: configuration)
    }

    func client(_ path: String = "/api", trusting cluster: ClusterBootstrap? = nil) async throws -> RPCClient {
        try await RPCClient.connect(
            host: "127.0.0.1",
            port: self.port,
            path: path,
            tls: try self.tls(trusting: cluster),
            group: MultiThreadedEventLoopGroup.singleton
        )
    }

    func loggedIn() async throws -> RPCClient {
        let client = try await self.client()
        _ = try await client.logIn(self.agent.token)
        return client
    }

    /// A peer's connection on `path`, with what `tls` shows.
    func upgrade(
        _ path: String,
        _ tls: NIOSSLContext,
        configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) async throws -> any Channel {
        try await UpgradeClient.connect(
            host: "127.0.0.1",
            port: self.port,
            path: path,
            protocolName: String(path.dropFirst()),
            tls: tls,
            group: MultiThreadedEventLoopGroup.singleton,
            configure: configure
        ).get()
    }

    /// The HTTP status that refuses the upgrade.
    func refusal(_ path: String, _ tls: NIOSSLContext) async throws -> UInt? {
        do {
            try await self.upgrade(path, tls) { $0.eventLoop.makeSucceededVoidFuture() }.close()
            return nil
        } catch let error as RPCConnectError {
            guard case .refused(let status) = error.code else { throw error }
            return status.code
        }
    }
}

extension RPCClient {
    func logIn(_ token: String, as tag: String = "user-admin") async throws -> JSONValue {
        try await self.call(
            facade: "Admin",
            version: 3,
            method: "Login",
            params: ["auth-tag": .string(tag), "credentials": .string(token)]
        )
    }

    func lease(_ method: String, _ parameters: JSONValue) async throws -> JSONValue {
        try await self.call(facade: "Lease", version: 1, method: method, params: parameters)
    }
}
