package import AgentResources
package import ClusterIdentity
import Consensus
package import DependencyEngine
import Leases
import LogStore
import Logging
import NIOCore
import NIOPosix
package import PeerTransport

/// Runs one controller's Raft on an event loop of its own, with a thread of its own for the disk.
///
/// Elections and heartbeats depend on neither Swift's cooperative pool nor the API server's event loops.
package struct RaftWorker: ReportingWorker {
    /// What the rest of the agent gets.
    package let proposals: any Proposals

    private let identity: ControllerIdentity
    private let operations: any Operations
    private let apiServer: Deferred<any APIServer>
    private let options: RaftOptions
    private let dialer: any PeerDialer
    private let threads: RaftThreads
    private let store: any LogStore
    private let durable: DurableState
    private let mailbox: RaftMailbox
    private let replica: LeaseReplica
    private let status: StatusFeed
    private let meter: RaftMeter
    private let events: EventFeeds

    /// Opens the log and reads it; `run` releases it.
    ///
    /// - Parameter dialer: how peers are reached; the API servers' ports over mutual TLS unless a test says otherwise.
    package static func open(
        directory: DataDirectory,
        identity: ControllerIdentity,
        operations: any Operations,
        apiServer: Deferred<any APIServer>,
        options: RaftOptions,
        dialer: (any PeerDialer)? = nil
    ) async throws -> RaftWorker {
        let threads = RaftThreads()
        do {
            let (store, durable) = try await threads.disk.runIfActive {
                let store = try SQLiteLogStore.open(
                    path: directory.file(RaftLogFile.name),
                    clusterID: identity.clusterID,
                    serverID: ServerID(identity.id)
                )
                do {
                    return (store, try store.load())
                } catch {
                    try? store.close()
                    throw error
                }
            }
            return RaftWorker(
                identity: identity,
                operations: operations,
                apiServer: apiServer,
                options: options,
                dialer: dialer ?? UpgradeDialer(tls: identity.peerTLS, timeout: PeerOptions().connectTimeout),
                threads: threads,
                store: store,
                durable: durable
            )
        } catch {
            await threads.shutDown()
            throw error
        }
    }

    /// Takes a store that is open already; a seam for tests.
    init(
        identity: ControllerIdentity,
        operations: any Operations,
        apiServer: Deferred<any APIServer>,
        options: RaftOptions,
        dialer: any PeerDialer,
        threads: RaftThreads,
        store: any LogStore,
        durable: DurableState
    ) {
        self.identity = identity
        self.operations = operations
        self.apiServer = apiServer
        self.options = options
        self.dialer = dialer
        self.threads = threads
        self.store = options.appendDelay > .zero ? SlowedLogStore(store, shortest: options.appendDelay) : store
        self.durable = durable
        self.mailbox = RaftMailbox(eventLoop: threads.eventLoop)
        self.replica = LeaseReplica()
        self.events = EventFeeds()
        let status = RaftStatus(
            id: identity.id,
            role: .unknown,
            term: durable.term,
            commitIndex: 0,
            appliedIndex: 0,
            leader: nil,
            isServing: false
        )
        self.status = StatusFeed(status)
        self.meter = RaftMeter(status, now: .sinceBoot())
        self.proposals = RaftAccess(
            mailbox: self.mailbox,
            replica: self.replica,
            meter: self.meter,
            status: self.status,
            events: self.events
        )
    }

    /// Takes part in the cluster until asked to stop; throws when the node halts, to be started again from
    /// its disk, and `Verdict.fatal` where that cannot help.
    package func run(_ context: WorkerContext) async throws {
        if self.options.appendDelay > .zero {
            context.logger.critical(
                "FAULT INJECTION: every durable append takes at least \(self.options.appendDelay); for drills only"
            )
        }
        let outcome: Result<Void, any Error>
        if context.stop.isRequested {
            outcome = .success(())
            try? await self.threads.disk.runIfActive { [store] in try store.close() }
        } else {
            outcome = await self.participate(context)
        }
        self.mailbox.close()
        self.status.finish()
        self.events.finish()
        await self.threads.shutDown()
        try outcome.get()
    }

    /// How this controller stands in the cluster.
    package func report() async -> [String: String] {
        let status = self.status.current
        return [
            "role": "\(status.role)", "term": "\(status.term)", "committed": "\(status.commitIndex)",
            "applied": "\(status.appliedIndex)", "leader": status.leader.map { "\($0.id)" } ?? "none",
        ]
    }

    private func participate(_ context: WorkerContext) async -> Result<Void, any Error> {
        let (halts, halted) = AsyncStream.makeStream(of: NodeHalt.self, bufferingPolicy: .bufferingOldest(1))
        let acceptor: PeerAcceptor
        do {
            acceptor = try await self.start(context.logger) { halted.yield($0) }
        } catch {
            try? await self.threads.disk.runIfActive { [store] in try store.close() }
            // No restart mends a log or snapshot that cannot be read; an operator must hear of it at once.
            if let error = error as? NodeError, !error.code.mayPass { return .failure(Verdict.fatal(error)) }
            return .failure(error)
        }
        context.ready()
        let outcome = await self.serve(context, acceptor: acceptor, halts: halts)
        self.apiServer.current?.stopAccepting(.raft)
        if case .success = outcome { await self.handOver() }
        await self.close(acceptor)
        return outcome
    }

    /// Follows the API server, hands leadership over when drained, and ends with the stop or the node's halt.
    private func serve(
        _ context: WorkerContext,
        acceptor: PeerAcceptor,
        halts: AsyncStream<NodeHalt>
    ) async -> Result<Void, any Error> {
        do {
            try await withThrowingTaskGroup(of: Bool.self) { group in
                group.addTask {
                    await context.stop.wait()
                    return true
                }
                group.addTask {
                    for await halt in halts {
                        let error = RaftError(.halted, halt.reason)
                        throw halt.mayPass ? error : Verdict.fatal(error)
                    }
                    return false
                }
                group.addTask {
                    for await server in self.apiServer.changes() {
                        server?.accept(.raft) { acceptor.accept($0.channel, peer: ServerID($0.peer)) }
                    }
                    return false
                }
                group.addTask {
                    await context.stop.drained()
                    // A cancelled wait looks like a drain: the group is over then.
                    guard context.stop.isDraining else { return false }
                    await self.handOver()
                    context.finishedDraining()
                    return false
                }
                defer { group.cancelAll() }
                while let isOver = try await group.next() { if isOver { return } }
            }
            return .success(())
        } catch {
            return .failure(error)
        }
    }

    // MARK: On the loop

    private func start(_ logger: Logger, halted: @escaping @Sendable (NodeHalt) -> Void) async throws -> PeerAcceptor {
        let loop = self.threads.eventLoop
        return try await loop.submit {
            let now = Milliseconds(clamping: Uptime.sinceBoot().wholeMilliseconds)
            // The log names this controller's address as its peers know it.
            let local = Server(id: ServerID(self.identity.id), address: self.identity.address)
            let node = try Node(
                server: local,
                start: self.durable,
                machine: LeaseMachine(replica: self.replica),
                options: self.options.node(local.id),
                now: now
            )
            let servers = node.configuration.servers
            let peerOptions = PeerOptions()
            let shell = RaftShell(
                node: node,
                parts: RaftShell.Parts(
                    eventLoop: loop,
                    disk: DiskQueue(store: self.store, pool: self.threads.disk, eventLoop: loop),
                    snapshots: self.threads.snapshots,
                    operations: self.operations,
                    limits: RaftShell.Limits(operations: self.options.batchOperations, bytes: self.options.batchBytes),
                    meter: self.meter,
                    consumer: self.mailbox,
                    status: self.status,
                    events: self.events,
                    logger: logger,
                    halted: halted
                )
            )
            shell.network = PeerNetwork(
                clusterID: self.identity.clusterID,
                local: local,
                peers: servers,
                dialer: self.dialer,
                eventLoop: loop,
                options: peerOptions,
                logger: logger
            ) { [weak shell] peer, delivered in shell?.handle(.snapshotTransferEnded(to: peer, delivered: delivered)) }
            self.mailbox.open(NIOLoopBound(shell, eventLoop: loop))
            shell.start()
            return PeerAcceptor(
                clusterID: self.identity.clusterID,
                local: local.id,
                members: servers.map(\.id),
                options: peerOptions,
                logger: logger
            ) { [mailbox] event in mailbox.post { $0.received(event) } }
        }.get()
    }

    private func handOver() async {
        await self.onShell { shell, done in
            shell.drain().cascade(to: done)
        }
    }

    private func close(_ acceptor: PeerAcceptor) async {
        try? await acceptor.close(on: self.threads.eventLoop).get()
        await self.onShell { shell, done in
            shell.close().cascade(to: done)
        }
    }

    private func onShell(_ body: @escaping @Sendable (RaftShell, EventLoopPromise<Void>) -> Void) async {
        let promise = self.threads.eventLoop.makePromise(of: Void.self)
        if !self.mailbox.post({ body($0, promise) }) { promise.succeed() }
        try? await promise.futureResult.get()
    }
}

extension RaftOptions {
    /// Those of one controller: controllers whose ids follow one another, up to five, take their snapshots in turns.
    fileprivate func node(_ id: ServerID) -> NodeOptions {
        NodeOptions(
            core: RaftCoreOptions(
                electionTimeout: Milliseconds(clamping: self.electionTimeout.wholeMilliseconds),
                heartbeatTimeout: Milliseconds(clamping: self.heartbeat.wholeMilliseconds),
                preVote: self.preVote,
                snapshotTrailing: self.trailingEntries,
                seed: .random(in: .min ... .max)
            ),
            snapshotThreshold: self.snapshotThreshold,
            snapshotBytes: self.snapshotBytes,
            snapshotDelayPercent: Int(id.rawValue % 5) * 20,
            trailingBytes: self.trailingBytes,
            transferTimeout: Milliseconds(clamping: self.handoverTimeout.wholeMilliseconds)
        )
    }
}
