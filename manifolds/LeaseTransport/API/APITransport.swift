import AgentResources
import ClusterIdentity
import DependencyEngine
import Leases
import Logging
import NIOConcurrencyHelpers
import NIOCore
import RPC

/// Carries operations in batches over one connection to the leader's API server, and follows the leader.
///
/// Batches are sent by whoever submits and answered on the connection's event loop; the worker's tasks only keep the
/// connection.
final class APITransport: Worker, LeaseTransport {
    /// How long a connection to who led before stays, for the answers that are on their way.
    static let retirement = Duration.milliseconds(250)
    static let connectTimeout = Duration.seconds(5)
    static let pingInterval = Duration.seconds(10)
    static let pause = DialPause(first: .milliseconds(50), longest: .seconds(1))

    private struct State: Sendable {
        var machine: StateMachine
        var clients: [UInt64: RPCClient] = [:]
        var lastConnection: UInt64 = 0
    }

    private let identity: ControllerIdentity
    private let raft: Deferred<any Proposals>
    private let group: any EventLoopGroup
    let timers: Timers
    /// At the machine's next instant, or before it.
    private let next: SoonestTimer
    private let state: NIOLockedValueBox<State>
    /// Yields when the leader to be connected to may have changed.
    private let targets: AsyncStream<Void>
    private let targetChanged: AsyncStream<Void>.Continuation

    init(
        identity: ControllerIdentity,
        raft: Deferred<any Proposals>,
        group: any EventLoopGroup,
        clock: any UptimeClock,
        limits: PendingSubmissions.Limits = .init()
    ) {
        self.identity = identity
        self.raft = raft
        self.group = group
        self.timers = Timers(clock: clock)
        self.next = SoonestTimer(self.timers)
        self.state = .init(State(machine: StateMachine(limits: limits)))
        (self.targets, self.targetChanged) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    private var now: Uptime { self.timers.clock.now }

    // MARK: For the lease manager

    var load: OperationLoad {
        let now = self.now
        return self.state.withLockedValue { $0.machine.load(now: now) }
    }
    var statistics: LeaseTransportStatistics { self.state.withLockedValue { $0.machine.statistics } }

    /// Whether a connection to the leader is logged in.
    var isConnected: Bool { self.state.withLockedValue { $0.machine.isConnected } }

    func carry(_ submissions: [Submission], to leader: Leader) {
        self.handle { machine, now in machine.carry(submissions, to: leader, now: now) }
    }

    // MARK: The worker

    func run(_ context: WorkerContext) async throws {
        try await context.untilStopped {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.timers.run() }
                group.addTask { await self.followRaft() }
                group.addTask { await self.keepConnected(context.logger) }
            }
        }
        self.handle { machine, now in machine.stop(now: now) }
        let clients = self.state.withLockedValue { state in
            defer { state.clients = [:] }
            return state.clients
        }
        for client in clients.values { await client.close() }
        self.timers.close()
    }

    /// Keeps the connection's end warm: the leader is known before anybody has something for him.
    private func followRaft() async {
        var following: Task<Void, Never>?
        for await raft in self.raft.changes() {
            following?.cancel()
            await following?.value
            following = raft.map { raft in
                Task(name: "lease transport: raft") {
                    for await status in raft.statusChanges() { self.follow(status) }
                }
            }
        }
        following?.cancel()
        await following?.value
    }

    private func follow(_ status: RaftStatus) {
        if status.leader?.id == status.id || status.role == .leader {
            self.handle { machine, now in machine.leaderChanged(to: nil, now: now) }
        } else if let leader = status.leader {
            self.handle { machine, now in machine.leaderChanged(to: leader, now: now) }
        }
        // Without a leader the last one's answers may still come.
    }

    private func keepConnected(_ logger: Logger) async {
        var current: (leader: Leader, task: Task<Void, Never>)?
        var before: Task<Void, Never>?
        for await _ in self.targets {
            let target = self.state.withLockedValue { $0.machine.target }
            guard target != current?.leader else { continue }
            current?.task.cancel()
            // The one before that is over by now, or nearly.
            await before?.value
            before = current?.task
            current = target.map { leader in
                let task = Task(name: "lease transport: controller \(leader.id)") {
                    await self.stayConnected(to: leader, logger)
                }
                return (leader, task)
            }
        }
        current?.task.cancel()
        await before?.value
        await current?.task.value
    }

    /// Connects again and again until the task is cancelled.
    private func stayConnected(to leader: Leader, _ logger: Logger) async {
        var failures = 0
        while !Task.isCancelled {
            do {
                let client = try await self.connect(to: leader)
                let began = self.now
                await self.serve(client, to: leader, logger)
                if self.now - began > .seconds(1) { failures = 0 }
            } catch {
                guard !Task.isCancelled else { return }
                logger.log(
                    level: failures == 0 ? .notice : .debug,
                    "the leader's API server cannot be reached: \(error)",
                    metadata: ["leader": "\(leader.id)", "address": "\(leader.address)"]
                )
                self.handle { machine, now in machine.dialFailed(leader, now: now) }
            }
            failures += 1
            let end = self.now + Self.pause.after(failures: failures)
            try? await self.timers.clock.sleep(until: end)
        }
    }

    private func connect(to leader: Leader) async throws -> RPCClient {
        let address = try HostAndPort(leader.address)
        let client = try await RPCClient.connect(
            host: address.host,
            port: address.port,
            tls: self.identity.peerTLS,
            group: self.group,
            timeout: Self.connectTimeout
        )
        do {
            _ = try await client.call(
                facade: "Admin",
                version: 3,
                method: "Login",
                params: ["auth-tag": .string("controller-\(self.identity.id)")],
                timeout: Self.connectTimeout
            )
        } catch {
            await client.close()
            throw error
        }
        return client
    }

    /// Lets batches go over the connection until it is lost or the task is cancelled.
    private func serve(_ client: RPCClient, to leader: Leader, _ logger: Logger) async {
        let connection = self.state.withLockedValue { state in
            state.lastConnection += 1
            state.clients[state.lastConnection] = client
            return state.lastConnection
        }
        let (ends, end) = AsyncStream.makeStream(of: Void.self)
        client.closeFuture.whenComplete { _ in
            self.state.withLockedValue { $0.clients[connection] = nil }
            self.handle { machine, now in machine.disconnected(connection, now: now) }
            end.finish()
        }
        let isWanted = NIOLockedValueBox(true)
        self.handle { machine, now in
            let (wanted, actions) = machine.connected(connection, to: leader, now: now)
            isWanted.withLockedValue { $0 = wanted }
            return actions
        }
        if isWanted.withLockedValue({ $0 }) {
            logger.info("connected to the leader's API server", metadata: ["leader": "\(leader.id)"])
            await self.watch(client, ends)
        }
        // Batches under way may still be answered for a moment; the connection closes when nobody holds it any more.
        self.timers.schedule(at: self.now + Self.retirement) { [weak self] in
            _ = self?.state.withLockedValue { $0.clients.removeValue(forKey: connection) }
        }
    }

    /// Returns when the connection has ended, is dead, or the task is cancelled.
    private func watch(_ client: RPCClient, _ ends: AsyncStream<Void>) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in ends {}
            }
            group.addTask {
                while !Task.isCancelled {
                    try? await self.timers.clock.sleep(until: self.now + Self.pingInterval)
                    guard !Task.isCancelled else { return }
                    do {
                        _ = try await client.call(
                            facade: "Pinger",
                            version: 1,
                            method: "Ping",
                            timeout: Self.pingInterval / 2
                        )
                    } catch {
                        if !Task.isCancelled { await client.close() }
                        return
                    }
                }
            }
            await group.next()
            group.cancelAll()
        }
    }

    // MARK: Effects

    /// Lets the machine decide under the lock and carries out what it says outside of it.
    private func handle(_ event: (inout StateMachine, Uptime) -> StateMachine.Actions) {
        let now = self.now
        let actions = self.state.withLockedValue { event(&$0.machine, now) }
        actions.replies.give()
        for send in actions.sends { self.send(send) }
        for collect in actions.collects { self.fetch(collect) }
        if actions.hasNewTarget { self.targetChanged.yield() }
        self.armTimer()
    }

    private func client(_ connection: UInt64) -> RPCClient? { self.state.withLockedValue { $0.clients[connection] } }

    private func send(_ send: StateMachine.Send) {
        let id = send.request.id
        guard let client = self.client(send.connection) else {
            return self.handle { machine, now in machine.failed(id, Refusal(.tryAgain), now: now) }
        }
        client.begin(
            facade: "RaftLease",
            version: 2,
            method: "ApplyBatch",
            params: ["operations": .string(Base64.encode(send.request.hubBytes()))],
            timeout: send.patience
        ) { [weak self] in self?.received($0, of: id) }
    }

    private func fetch(_ collect: StateMachine.Collect) {
        guard let client = self.client(collect.connection) else {
            return self.handle { machine, now in machine.failed(collect.batch, nil, now: now) }
        }
        client.begin(
            facade: "RaftLease",
            version: 2,
            method: "CollectBatch",
            params: ["id": .int(Int64(bitPattern: collect.pending))],
            timeout: collect.patience
        ) { [weak self] in self?.received($0, of: collect.batch) }
    }

    /// On the connection's event loop.
    private func received(_ result: Result<JSONValue, any Error>, of batch: UInt64) {
        switch result {
        case .success(let answer):
            guard case .object(let object) = answer, case .string(let text)? = object["response"],
                let bytes = Base64.decode(text), let response = try? LeaseResponse(hubBytes: bytes),
                response.id == batch
            else { return self.handle { machine, now in machine.failed(batch, nil, now: now) } }
            var pending: UInt64?
            if case .int(let id)? = object["pending"] { pending = UInt64(bitPattern: id) }
            self.handle { machine, now in machine.answered(response, pending: pending, now: now) }
        case .failure(let error as RPCFailure):
            // The facade refuses a batch before it submits anything of it.
            self.handle { machine, now in machine.failed(batch, Refusal(error), now: now) }
        case .failure:
            self.handle { machine, now in machine.failed(batch, nil, now: now) }
        }
    }

    private func armTimer() {
        self.next.arm(self.state.withLockedValue { $0.machine.nextInstant }) { [weak self] in self?.passed() }
    }

    private func passed() { self.handle { machine, now in machine.passed(now: now) } }
}

extension Refusal {
    /// What a facade's error means for operations it has not submitted; `nil` when it is none of a facade's: a request
    /// dropped without an answer may have been carried out.
    init?(_ failure: RPCFailure) {
        guard !failure.code.isEmpty else { return nil }
        guard failure.code == "not leader" else {
            self.init(.tryAgain)
            return
        }
        var leader: Leader?
        if case .object(let info)? = failure.info, case .string(let address)? = info["server-address"],
            case .string(let text)? = info["server-id"], let id = UInt64(text), id > 0
        {
            leader = Leader(id: id, address: address)
        }
        self.init(.notLeader, leader: leader)
    }
}
