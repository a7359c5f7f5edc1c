import AgentResources
import ClusterIdentity
import DependencyEngine
import Leases
import RPC

/// What the facades reach: fixed parts of the agent, and those that come and go while connections stay.
struct APIServices: Sendable {
    let currentIdentity: CurrentIdentity
    let leases: Deferred<any LeaseService>
    let raft: Deferred<any Proposals>
    /// Where other controllers' operations go, on the leader.
    let operations: Deferred<any Operations>
    let metrics: Deferred<any MetricsPage>
    let engine: any EngineAccess
    /// Whether operators may make workers fail on purpose.
    let faultInjection: Bool
    /// The agent's version, as logins and status tell it.
    let version: String
    let gate = ServiceGate()
    /// Other controllers' batches with answers to come.
    let batches = RaftLeaseBatches()
    let meter = APIMeter(.all)
    /// How long a call rests before it asks again whoever has just failed it.
    var pauseBetweenAttempts = Duration.milliseconds(100)

    /// What a connection that begins now is served with; who needs one identity throughout keeps it.
    var identity: ControllerIdentity { self.currentIdentity.value }
}

/// When a call must have its answer.
struct CallDeadline: Sendable {
    private let instant: ContinuousClock.Instant

    init(after timeout: Duration) { self.instant = .now + timeout }

    /// What is left, never below zero.
    var remaining: Duration { max(.zero, ContinuousClock.now.duration(to: self.instant)) }
    var hasPassed: Bool { self.remaining == .zero }
}

extension Deferred {
    /// Whatever is there before `deadline`, or `nil`.
    func value(until deadline: CallDeadline) async -> Value? {
        if let value = self.current { return value }
        return try? await self.value(timeout: deadline.remaining)
    }
}

extension APIServices {
    /// Carries out what is open of `attempts`; without a lease manager until `deadline` none of it is in any log.
    func perform(
        _ attempts: CommandAttempts,
        for caller: Caller,
        until deadline: CallDeadline
    ) async -> [LeaseAnswer] {
        var attempts = attempts
        var open = attempts.open
        if attempts.isBegun { await self.pause(deadline) }
        while !open.isEmpty, !caller.isGone, let service = await self.leases.value(until: deadline) {
            let commands = attempts[open]
            let answers = await withCheckedContinuation { continuation in
                service.perform(
                    LeaseCall(commands: commands, timeout: deadline.remaining, caller: caller) {
                        continuation.resume(returning: $0)
                    }
                )
            }
            attempts.note(answers, of: open)
            open = attempts.open
            // While the agent stops there is no successor to wait for.
            guard !open.isEmpty, !deadline.hasPassed, self.gate.isOpen else { break }
            await self.pause(deadline)
        }
        return attempts.answers
    }

    /// Asks the lease manager something; when it goes away meanwhile, its successor is asked until `deadline`.
    func read<Answer: Sendable>(
        until deadline: CallDeadline,
        _ ask: (any LeaseService, Duration) async throws -> Answer
    ) async throws(RPCFailure) -> Answer {
        var refusal = Refusal(.tryAgain)
        while let service = await self.leases.value(until: deadline) {
            do {
                return try await ask(service, deadline.remaining)
            } catch let error as LeaseServiceError {
                refusal = error.refusal
            } catch {
                if Task.isCancelled { throw .cancelled }
            }
            guard !deadline.hasPassed, self.gate.isOpen, refusal.reason != .overloaded else { break }
            await self.pause(deadline)
        }
        if Task.isCancelled { throw .cancelled }
        throw .tryAgain(refusal.reason)
    }

    /// The local replica's global time, while Raft is there; never ahead of the leader's.
    var globalTime: GlobalTime? { self.raft.current?.globalTime }

    private func pause(_ deadline: CallDeadline) async {
        try? await Task.sleep(for: min(self.pauseBetweenAttempts, deadline.remaining))
    }
}
