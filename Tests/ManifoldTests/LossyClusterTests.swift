import AgentResources
import DependencyEngine
import Hub
import Leases
import NIOConcurrencyHelpers
import Testing

@testable import LeaseManagerManifold
@testable import LeaseTransportManifold
@testable import OperationHubManifold
@testable import RaftForwarderManifold

/// Puts everything that is queued into the shared state at once, as a leader of one would.
private final class ApplyingConsumer: OperationConsumer {
    private let operations: any Operations
    private let raft: FakeRaft
    private let clock: VirtualClock

    init(operations: any Operations, raft: FakeRaft, clock: VirtualClock) {
        self.operations = operations
        self.raft = raft
        self.clock = clock
    }

    func operationsAvailable() {
        while case let sealed = self.operations.seal(limit: 16, byteLimit: 1 << 20, now: self.clock.now).submissions,
            !sealed.isEmpty
        {
            let results = self.raft.apply(sealed.compactMap(\.operation))
            let index = self.raft.status.appliedIndex
            var next = results.makeIterator()
            for submission in sealed {
                submission.reply(.applied(submission.operation == nil ? nil : next.next(), index: index))
            }
        }
    }
}

/// The way between two hubs that loses every so many messages, by a seed.
private final class LossyWay: Sendable {
    private let random: NIOLockedValueBox<UInt64>
    private let lossPercent: UInt64

    init(seed: UInt64, lossPercent: UInt64) {
        self.random = .init(seed | 1)
        self.lossPercent = lossPercent
    }

    func carry(_ outgoing: Subscription<ForwardedMessage>, to hub: Hub) async {
        while let message = await outgoing.next() {
            let isLost = self.random.withLockedValue { state -> Bool in
                state ^= state << 13
                state ^= state >> 7
                state ^= state << 17
                return state % 100 < self.lossPercent
            }
            if !isLost { hub.receive(message) }
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct LossyClusterTests {
    @Test(
        "guarantee 3: through a hub that loses messages a call ends with the truth, applied at most once",
        arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64]
    )
    func lossy(_ seed: UInt64) async throws {
        let clock = VirtualClock()
        let leader = FakeRaft(id: 1, leader: 1)
        let follower = FakeRaft(id: 2, leader: 1)
        let leaderHub = Hub(controller: 1)
        let followerHub = Hub(controller: 2)
        let operations = OperationHubWorker(clock: clock)
        operations.attach(ApplyingConsumer(operations: operations, raft: leader, clock: clock))
        let forwarder = RaftForwarderWorker(raft: leader, hub: leaderHub, operations: operations, clock: clock)
        let transport = PubSubTransport(
            hub: followerHub,
            raft: Deferred<any Proposals>.standalone(follower).handle,
            clock: clock
        )
        let manager = LeaseManagerWorker(
            operations: FakeOperations(),
            transport: Deferred<any LeaseTransport>.standalone(transport).handle,
            raft: Deferred<any Proposals>.standalone(follower).handle,
            clock: clock
        )
        let workers = [
            RunningWorker(operations), RunningWorker(forwarder), RunningWorker(transport), RunningWorker(manager),
        ]
        await eventually {
            leaderHub.report().subscribers.count == 1 && followerHub.report().subscribers.count == 1
        }
        let way = LossyWay(seed: seed, lossPercent: 30)
        let there = followerHub.forward(name: "there")
        let back = leaderHub.forward(name: "back")
        let carriers = [
            Task { await way.carry(there, to: leaderHub) }, Task { await way.carry(back, to: followerHub) },
        ]

        // Alternately claimed and given up: an operation applied twice would show in what the next one is told.
        let calls = Task {
            var outcomes: [SubmissionOutcome] = []
            for round in 0..<20 as Range<UInt64> {
                let command: LeaseCommand =
                    round % 2 == 0 ? claim("db") : .revoke(key("db"), holder: "a", force: false)
                outcomes += await manager.perform(
                    [IdentifiedCommand(id: id(round), command: command)],
                    timeout: .seconds(60)
                ).map(\.outcome)
            }
            return outcomes
        }
        let isDone = NIOLockedValueBox(false)
        let passing = Task {
            while !isDone.withLockedValue({ $0 }), !Task.isCancelled {
                if let next = clock.nextWake, next > clock.now { clock.advance(by: .milliseconds(10)) }
                for _ in 0..<20 { await Task.yield() }
            }
        }
        let outcomes = await calls.value
        isDone.withLockedValue { $0 = true }
        await passing.value

        var lastToken: FencingToken?
        for (round, outcome) in outcomes.enumerated() {
            guard case .applied(let result?, _) = outcome else {
                Issue.record("seed \(seed), round \(round): \(outcome)")
                continue
            }
            if round % 2 == 0 {
                guard case .granted(let grant) = result else {
                    Issue.record("seed \(seed), round \(round): \(result)")
                    continue
                }
                #expect(lastToken.map { $0 < grant.token } ?? true, "seed \(seed), round \(round)")
                lastToken = grant.token
            } else {
                #expect(result == .revoked, "seed \(seed), round \(round)")
            }
        }
        there.unsubscribe()
        back.unsubscribe()
        for carrier in carriers { await carrier.value }
        for worker in workers { try await worker.stop() }
    }
}
