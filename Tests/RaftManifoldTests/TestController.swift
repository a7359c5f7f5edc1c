import AgentResources
import ClusterIdentity
import Consensus
import DependencyEngine
import FoundationEssentials
import Leases
import LogStore
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import PeerTransport
import RPC

@testable import RaftManifold

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Dials whatever port a controller has just now.
struct PortDialer: PeerDialer {
    let tls: NIOSSLContext
    let ports: NIOLockedValueBox<[UInt64: Int]>

    func dial(
        _ server: Server,
        on loop: any EventLoop,
        configure: @escaping @Sendable (any Channel) -> EventLoopFuture<Void>
    ) -> EventLoopFuture<any Channel> {
        let port = self.ports.withLockedValue { $0[server.id.rawValue] } ?? 1
        return UpgradeDialer(tls: self.tls, timeout: .seconds(5)).dial(
            Server(id: server.id, address: "127.0.0.1:\(port)"),
            on: loop,
            configure: configure
        )
    }
}

/// The part of the API server that peers need, on a real port with real TLS.
final class TestAPIServer: APIServer {
    var statistics: APIStatistics { APIStatistics() }

    let address = "127.0.0.1"
    private let acceptor = NIOLockedValueBox<(@Sendable (PeerConnection) -> EventLoopFuture<Void>)?>(nil)

    func accept(_ route: PeerRoute, _ accept: @escaping @Sendable (PeerConnection) -> EventLoopFuture<Void>) {
        self.acceptor.withLockedValue { $0 = accept }
    }

    func stopAccepting(_ route: PeerRoute) { self.acceptor.withLockedValue { $0 = nil } }

    func bind(_ identity: ControllerIdentity) async throws -> HTTPServer {
        try await HTTPServer.bind(
            host: "127.0.0.1",
            port: 0,
            group: MultiThreadedEventLoopGroup.singleton,
            tls: identity.serverTLS,
            logger: Logger(label: "api") { _ in SwiftLogNoOpLogHandler() }
        ) { [acceptor] request in
            guard let certificate = request.peerCertificate, let peer = try? identity.peerID(of: certificate),
                let accept = acceptor.withLockedValue({ $0 })
            else { return .respond(HTTPAnswer(.serviceUnavailable, "no")) }
            return .detach(protocolName: UpgradeDialer.protocolName) { channel, _ in
                accept(PeerConnection(channel: channel, peer: peer))
            }
        }
    }
}

/// One controller of a test: its disk and its port outlive its raft worker.
final class TestController: Sendable {
    /// A raft worker that runs.
    struct Running: Sendable {
        let proposals: any Proposals
        /// Asks for a drain and returns when the worker says it is done.
        let drain: @Sendable () async -> Void
        let stop: @Sendable () -> Void
        let task: Task<Void, any Error>
    }

    let identity: ControllerIdentity
    let directory: DataDirectory
    let operations = TestOperations()
    let api = TestAPIServer()
    let deferred: Deferred<any APIServer>
    let setAPI: @Sendable ((any APIServer)?) -> Void
    private let options: RaftOptions
    private let ports: NIOLockedValueBox<[UInt64: Int]>
    private let server = NIOLockedValueBox<HTTPServer?>(nil)
    private let running = NIOLockedValueBox<Running?>(nil)

    var id: UInt64 { self.identity.id }
    var proposals: any Proposals { self.running.withLockedValue { $0?.proposals } ?? Nobody() }

    init(
        _ identity: ControllerIdentity,
        options: RaftOptions,
        ports: NIOLockedValueBox<[UInt64: Int]>
    ) throws {
        var template = Array("/tmp/holdfast-raft-XXXXXX\0".utf8).map { CChar(bitPattern: $0) }
        guard mkdtemp(&template) != nil else { throw RaftError(.halted, "mkdtemp failed") }
        self.identity = identity
        self.directory = DataDirectory(
            path: String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
        )
        self.options = options
        self.ports = ports
        (self.deferred, self.setAPI) = Deferred<any APIServer>.standalone(self.api)
        try RaftLogFile.create(in: self.directory, cluster: identity.cluster)
    }

    deinit { try? FileManager.default.removeItem(atPath: self.directory.path) }

    func listen() async throws {
        let server = try await self.api.bind(self.identity)
        self.ports.withLockedValue { $0[self.id] = server.localAddress.port ?? 1 }
        self.server.withLockedValue { $0 = server }
    }

    func open() async throws -> RaftWorker {
        try await RaftWorker.open(
            directory: self.directory,
            identity: self.identity,
            operations: self.operations,
            apiServer: self.deferred,
            options: self.options,
            dialer: PortDialer(tls: self.identity.peerTLS, ports: self.ports)
        )
    }

    @discardableResult
    func start() async throws -> Running {
        let running = await Self.run(try await self.open())
        self.running.withLockedValue { $0 = running }
        return running
    }

    /// Runs `worker` and returns when it is ready.
    static func run(_ worker: RaftWorker) async -> Running {
        let (signal, drain, stop) = StopSignal.standalone()
        let (readiness, ready) = AsyncStream.makeStream(of: Void.self)
        let (drainage, drained) = AsyncStream.makeStream(of: Void.self)
        let context = WorkerContext.standalone(
            manifold: "raft",
            logger: Logger(label: "raft") { _ in SwiftLogNoOpLogHandler() },
            stop: signal,
            ready: { ready.finish() },
            finishedDraining: { drained.finish() }
        )
        let task = Task {
            defer { ready.finish() }
            try await worker.run(context)
        }
        for await _ in readiness {}
        let drainAndWait: @Sendable () async -> Void = {
            drain()
            for await _ in drainage {}
        }
        return Running(proposals: worker.proposals, drain: drainAndWait, stop: stop, task: task)
    }

    func stop() async throws {
        let running = self.running.withLockedValue { running in
            defer { running = nil }
            return running
        }
        running?.stop()
        try await running?.task.value
    }

    func drain() async throws {
        await self.running.withLockedValue { $0 }?.drain()
    }

    func close() async throws {
        try await self.stop()
        await self.server.withLockedValue { $0 }?.close(grace: .zero)
    }

    /// Returns at the first status that is as wanted.
    @discardableResult
    func wait(until isWanted: @escaping @Sendable (RaftStatus) -> Bool) async throws -> RaftStatus {
        for await status in self.proposals.statusChanges() where isWanted(status) { return status }
        throw RaftError.stopping
    }
}

/// What a stopped controller offers.
private struct Nobody: Proposals {
    var status: RaftStatus {
        RaftStatus(id: 0, role: .unknown, term: 0, commitIndex: 0, appliedIndex: 0, leader: nil, isServing: false)
    }
    var statistics: RaftStatistics { RaftStatistics(status: self.status) }
    func statusChanges() -> AsyncStream<RaftStatus> { AsyncStream { nil } }
    func read<Value>(_ body: (borrowing LeaseState) throws -> Value) rethrows -> Value { try body(LeaseState()) }
    var globalTime: GlobalTime { .zero }
    func whenApplied(_ index: UInt64, deadline: Uptime, _ body: @escaping @Sendable (Bool) -> Void) { body(false) }
    func applied(_ index: UInt64, deadline: Uptime) async throws { throw RaftError.stopping }
    func events() -> AsyncStream<LeaseEvents> { AsyncStream { nil } }
    func tickClock() {}
}
