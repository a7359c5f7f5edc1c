import AgentResources
import DependencyEngine
import NIOConcurrencyHelpers

/// What the lease manager knows of Raft, which comes and goes, and a way to wait for it to change. Thread-safe.
final class RaftView: Sendable {
    /// How an operation reaches the leader now.
    enum Route: Sendable, Hashable {
        /// This controller leads and serves.
        case here
        /// That one leads.
        case to(UInt64)
    }

    private struct State: Sendable {
        var generation: UInt64 = 0
        var nextWaiter: UInt64 = 0
        var waiters: [UInt64: OneShot<Void>] = [:]
    }

    private let raft: Deferred<any Proposals>
    private let timers: Timers
    private let state = NIOLockedValueBox(State())

    init(raft: Deferred<any Proposals>, timers: Timers) {
        self.raft = raft
        self.timers = timers
    }

    /// Raft on this controller, while it runs.
    var current: (any Proposals)? { self.raft.current }

    /// Raft as it comes and goes.
    func changes() -> Changes<(any Proposals)?> { self.raft.changes() }

    /// Grows with every change; read it before looking, so that no change is missed between looking and waiting.
    var generation: UInt64 { self.state.withLockedValue { $0.generation } }

    /// The way to the leader, if there is one.
    var route: Route? {
        guard let status = self.current?.status else { return nil }
        if status.role == .leader { return status.isServing ? .here : nil }
        guard let leader = status.leader, leader.id != status.id else { return nil }
        return .to(leader.id)
    }

    /// Wakes whoever waits for a change.
    func changed() {
        let waiters = self.state.withLockedValue { state in
            state.generation += 1
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in waiters.values { waiter.fulfil(()) }
    }

    /// Returns at a change since `generation` was read, at `instant`, or when the task is cancelled.
    func wait(since generation: UInt64, until instant: Uptime) async {
        let change = OneShot<Void>()
        let id = self.state.withLockedValue { state -> UInt64? in
            guard state.generation == generation else { return nil }
            state.nextWaiter += 1
            state.waiters[state.nextWaiter] = change
            return state.nextWaiter
        }
        guard let id else { return }
        let timer = self.timers.schedule(at: instant) { change.fulfil(()) }
        await change.value(cancelled: ())
        self.timers.cancel(timer)
        self.state.withLockedValue { $0.waiters[id] = nil }
    }
}
