import AgentResources
import Consensus
import Logging
import NIOConcurrencyHelpers
import NIOCore
import NIOPosix
import Testing

@testable import RaftManifold

@Suite(.timeLimit(.minutes(1))) struct RaftShellTests {
    @Test("a node that halted is reported although its last term and vote could not be saved either")
    func haltBehindFailedSave() async throws {
        let bench = try await ShellBench()
        await bench.store.isSaving()
        let drained = try await bench.onLoop { shell in
            // The halt waits behind the save, which is going to fail.
            shell.handle(.writeFailed("the first failure"))
            return shell.drain()
        }
        bench.store.fail()
        var halts = bench.halts.makeAsyncIterator()
        #expect(await halts.next()?.reason.contains("the first failure") == true)
        try await drained.get()
        try await bench.close()
    }

    @Test("a caller whose deadline has passed is forgotten at once, although its entry never comes")
    func timedOutWaiters() async throws {
        let bench = try await ShellBench()
        let promises = (0..<10).map { _ in bench.loop.makePromise(of: Void.self) }
        for (id, promise) in promises.enumerated() {
            try await bench.onLoop { shell in
                shell.wait(id: UInt64(id), for: 1_000 - UInt64(id), deadline: .sinceBoot()) { result in
                    promise.completeWith(result.mapError { $0 as any Error })
                }
            }
        }
        for promise in promises {
            let error = await #expect(throws: RaftError.self) { try await promise.futureResult.get() }
            #expect(error?.code == .deadlineExceeded)
        }
        #expect(try await bench.onLoop { $0.waiters.count } == 0)
        bench.store.release()
        try await bench.close()
    }

    @Test("a caller that is cancelled before it waits, or while it does, is answered at once")
    func cancelled() async throws {
        let bench = try await ShellBench()
        let access = bench.access
        for isEarly in [true, false] {
            let waiting = Task {
                if isEarly { withUnsafeCurrentTask { $0?.cancel() } }
                try await access.applied(1_000, deadline: .sinceBoot() + .seconds(3_600))
            }
            if !isEarly {
                while try await bench.onLoop({ $0.waiters.count }) == 0 {}
                waiting.cancel()
            }
            await #expect(throws: (any Error).self) { try await waiting.value }
        }
        #expect(try await bench.onLoop { $0.waiters.count } == 0)
        bench.store.release()
        try await bench.close()
    }
}

/// A lone controller's shell on a loop of its own, whose first save of term and vote hangs.
private struct ShellBench: Sendable {
    let store = HangingStore()
    let threads = RaftThreads()
    let access: RaftAccess
    let halts: AsyncStream<NodeHalt>
    private let mailbox: RaftMailbox

    var loop: any EventLoop { self.threads.eventLoop }

    init() async throws {
        let loop = self.threads.eventLoop
        let mailbox = RaftMailbox(eventLoop: loop)
        let start = RaftStatus(
            id: 1,
            role: .unknown,
            term: 0,
            commitIndex: 0,
            appliedIndex: 0,
            leader: nil,
            isServing: false
        )
        let status = StatusFeed(start)
        let meter = RaftMeter(start, now: .zero)
        let events = EventFeeds()
        let replica = LeaseReplica()
        let (halts, halted) = AsyncStream.makeStream(of: NodeHalt.self, bufferingPolicy: .bufferingOldest(1))
        self.mailbox = mailbox
        self.access = RaftAccess(mailbox: mailbox, replica: replica, meter: meter, status: status, events: events)
        self.halts = halts
        let (store, threads) = (self.store, self.threads)
        try await loop.submit {
            let server = Server(id: ServerID(1), address: "127.0.0.1:20001")
            let now = Milliseconds(clamping: Uptime.sinceBoot().wholeMilliseconds)
            let node = try Node(
                server: server,
                start: .bootstrap(ClusterConfiguration(servers: [server])),
                machine: LeaseMachine(replica: replica),
                options: NodeOptions(core: RaftCoreOptions(seed: 1)),
                now: now
            )
            let shell = RaftShell(
                node: node,
                parts: RaftShell.Parts(
                    eventLoop: loop,
                    disk: DiskQueue(store: store, pool: threads.disk, eventLoop: loop),
                    snapshots: threads.snapshots,
                    operations: TestOperations(),
                    limits: RaftShell.Limits(operations: 16, bytes: 1 << 20),
                    meter: meter,
                    consumer: mailbox,
                    status: status,
                    events: events,
                    logger: Logger(label: "shell") { _ in SwiftLogNoOpLogHandler() },
                    halted: { halted.yield($0) }
                )
            )
            mailbox.open(NIOLoopBound(shell, eventLoop: loop))
            shell.start()
        }.get()
    }

    func onLoop<Value: Sendable>(_ body: @escaping @Sendable (RaftShell) -> Value) async throws -> Value {
        let promise = self.loop.makePromise(of: Value.self)
        if !self.mailbox.post({ promise.succeed(body($0)) }) { promise.fail(RaftError.stopping) }
        return try await promise.futureResult.get()
    }

    func close() async throws {
        try await self.onLoop { $0.close() }.get()
        self.mailbox.close()
        await self.threads.shutDown()
    }
}

/// A store whose saves wait until the test lets them end, one way or the other.
private final class HangingStore: LogStore {
    private enum Phase: Int { case idle, saving, released, failed }

    struct Failure: Error {}

    private let phase = ConditionLock(value: Phase.idle.rawValue)
    private let (saves, saving) = AsyncStream.makeStream(of: Void.self)

    /// Returns once a save has begun.
    func isSaving() async { for await _ in self.saves { return } }

    func release() { self.end(.released) }

    func fail() { self.end(.failed) }

    private func end(_ phase: Phase) {
        self.phase.lock()
        self.phase.unlock(withValue: phase.rawValue)
    }

    func load() throws -> DurableState { throw Failure() }

    func saveTermAndVote(_ term: Term, _ votedFor: ServerID?) throws {
        self.saving.yield()
        // Ends with `release` or `fail`, whichever comes.
        while true {
            if self.phase.lock(whenValue: Phase.released.rawValue, timeoutSeconds: 0.005) {
                self.phase.unlock()
                return
            }
            if self.phase.lock(whenValue: Phase.failed.rawValue, timeoutSeconds: 0.005) {
                self.phase.unlock()
                throw Failure()
            }
        }
    }

    func write(_ writes: [LogWrite]) throws {}

    func close() throws {}
}
