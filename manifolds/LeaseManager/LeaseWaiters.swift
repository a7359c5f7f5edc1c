import AgentResources
import Leases
import NIOConcurrencyHelpers

/// Those who wait for leases to be free, behind one lock, with one timer for whatever is due next. Thread-safe.
final class LeaseWaiters: Sendable {
    private struct State: Sendable {
        var queue = WaitQueue()
        var isClosed = false
        /// Looks up leases whose next wave is due.
        var lookUp: (@Sendable ([LeaseKey]) -> Void)?
    }

    private let timers: Timers
    private let next: SoonestTimer
    private let state = NIOLockedValueBox(State())

    init(timers: Timers) {
        self.timers = timers
        self.next = SoonestTimer(timers)
    }

    /// Keys somebody waits for.
    var keys: [LeaseKey] { self.state.withLockedValue { $0.queue.keys } }
    /// How many wait.
    var count: Int { self.state.withLockedValue { $0.queue.count } }
    /// Keys of which the leader is to be asked still.
    var unasked: [LeaseKey] { self.state.withLockedValue { Array($0.queue.unasked) } }

    func report(to statistics: inout LeaseStatistics) {
        self.state.withLockedValue { state in
            statistics.waiters = state.queue.count
            statistics.awaitedLeases = state.queue.places.count
            statistics.wakeUps = state.queue.wakeUps
        }
    }

    /// Sets what looks up leases whose next wave is due, and tells `note`.
    func onDueWaves(_ lookUp: @escaping @Sendable ([LeaseKey]) -> Void) {
        self.state.withLockedValue { $0.lookUp = lookUp }
    }

    /// Those of `keys` that somebody waits for.
    func awaited(of keys: some Sequence<LeaseKey>) -> [LeaseKey] {
        self.state.withLockedValue { state in
            state.queue.count == 0 ? [] : keys.filter { state.queue.places[$0] != nil }
        }
    }

    /// Adds a waiter; one for whom there is no room, or no time, is answered at once.
    func add(
        _ key: LeaseKey,
        deadline: Uptime?,
        caller: Caller?,
        _ reply: @escaping WaitQueue.Reply
    ) -> WaitQueue.ID? {
        let result = self.state.withLockedValue { state -> Result<WaitQueue.ID, LeaseServiceError> in
            guard !state.isClosed else { return .failure(LeaseServiceError(Refusal(.stopping))) }
            guard let id = state.queue.add(key, deadline: deadline, caller: caller, reply) else {
                return .failure(LeaseServiceError(Refusal(.overloaded, retryAfterMilliseconds: 5_000)))
            }
            return .success(id)
        }
        switch result {
        case .success(let id):
            self.setTimer()
            return id
        case .failure(let error):
            reply(.failure(error))
            return nil
        }
    }

    /// Forgets a waiter at once, and answers that it is abandoned.
    func cancel(_ id: WaitQueue.ID) {
        let reply = self.state.withLockedValue { $0.queue.remove(id)?.reply }
        reply?(.failure(.abandoned))
    }

    /// What was seen of leases by one look, after which nobody may have come who is told.
    ///
    /// - Parameter age: of the newest who may be told; `nil` is everybody who waits now.
    func note(free: [LeaseKey], held: [LeaseKey], upTo age: UInt64? = nil) {
        let now = self.timers.clock.now
        let owed = self.state.withLockedValue { state in
            for key in held { state.queue.noteHeld(key) }
            let age = age ?? state.queue.lastAge
            return free.flatMap { state.queue.noteFree($0, upTo: age, now: now) }
        }
        self.setTimer()
        owed.give()
    }

    /// What was seen of leases whose wave was due.
    func wave(free: [LeaseKey], held: [LeaseKey]) {
        let now = self.timers.clock.now
        let owed = self.state.withLockedValue { state in
            for key in held { state.queue.noteHeld(key) }
            return free.flatMap { state.queue.wave($0, now: now) }
        }
        self.setTimer()
        owed.give()
    }

    func noteUnasked(_ key: LeaseKey) { self.state.withLockedValue { $0.queue.noteUnasked(key) } }
    func beginAsking(_ key: LeaseKey) -> UInt64? { self.state.withLockedValue { $0.queue.beginAsking(key) } }
    func endAsking(_ key: LeaseKey) -> Bool { self.state.withLockedValue { $0.queue.endAsking(key) } }

    /// Answers those whose callers have left.
    func sweep() {
        self.state.withLockedValue { $0.queue.count == 0 ? [] : $0.queue.removeAbandoned() }.give()
    }

    /// Answers everybody, and each later one at once.
    func close() {
        let owed = self.state.withLockedValue { state in
            state.isClosed = true
            state.lookUp = nil
            return state.queue.removeAll()
        }
        owed.give()
    }

    // MARK: Time

    private func setTimer() {
        self.next.arm(self.state.withLockedValue { $0.queue.nextInstant }) { [weak self] in self?.timeReached() }
    }

    private func timeReached() {
        let now = self.timers.clock.now
        let found = self.state.withLockedValue { state -> Found? in
            guard !state.isClosed else { return nil }
            return Found(
                owed: state.queue.expire(now: now),
                due: state.queue.dueWaves(now: now),
                lookUp: state.lookUp
            )
        }
        guard let found else { return }
        self.setTimer()
        found.owed.give()
        if !found.due.isEmpty { found.lookUp?(found.due) }
    }

    private struct Found {
        var owed: [WaitQueue.Owed]
        var due: [LeaseKey]
        var lookUp: (@Sendable ([LeaseKey]) -> Void)?
    }
}
