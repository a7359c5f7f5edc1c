import AgentResources
import NIOConcurrencyHelpers

/// A clock that moves only when told.
final class VirtualClock: UptimeClock {
    private struct State: Sendable {
        var now: Uptime = .seconds(1_000)
        var nextID: UInt64 = 0
        var sleepers: [UInt64: (instant: Uptime, waker: CheckedContinuation<Void, any Error>)] = [:]
        var cancelled: Set<UInt64> = []
    }

    private let state = NIOLockedValueBox(State())

    var now: Uptime { self.state.withLockedValue { $0.now } }

    func advance(by duration: Duration) {
        let due = self.state.withLockedValue { state in
            state.now += duration
            let due = state.sleepers.filter { $0.value.instant <= state.now }
            for id in due.keys { state.sleepers[id] = nil }
            return due.sorted { $0.value.instant < $1.value.instant }
        }
        for sleeper in due { sleeper.value.waker.resume() }
    }

    /// Until when somebody sleeps.
    var nextWake: Uptime? { self.state.withLockedValue { $0.sleepers.values.map(\.instant).min() } }

    /// How many sleep.
    var sleepers: Int { self.state.withLockedValue { $0.sleepers.count } }

    func sleep(until instant: Uptime) async throws {
        let id = self.state.withLockedValue { state in
            state.nextID += 1
            return state.nextID
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { waker in
                let early = self.state.withLockedValue { state -> Result<Void, any Error>? in
                    if state.cancelled.remove(id) != nil { return .failure(CancellationError()) }
                    if instant <= state.now { return .success(()) }
                    state.sleepers[id] = (instant, waker)
                    return nil
                }
                if let early { waker.resume(with: early) }
            }
        } onCancel: {
            let sleeper = self.state.withLockedValue { state in
                let sleeper = state.sleepers.removeValue(forKey: id)
                if sleeper == nil { state.cancelled.insert(id) }
                return sleeper
            }
            sleeper?.waker.resume(throwing: CancellationError())
        }
    }
}

/// Returns once `condition` holds; a test that never gets there runs into its time limit.
func eventually(_ condition: @Sendable () -> Bool) async {
    while !condition(), !Task.isCancelled { await Task.yield() }
}
