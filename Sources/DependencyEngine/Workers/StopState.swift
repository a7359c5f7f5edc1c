/// How far the engine has asked one worker to go, and who waits to hear it.
final class StopState: Sendable {
    enum Phase: Int, Comparable, Sendable {
        case running, draining, stopping

        static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
    }

    private struct State {
        var phase = Phase.running
        var waiters: [Waiter] = []
        var nextWaiter: UInt64 = 0
        /// Waiters whose task was cancelled before they could be listed.
        var cancelledEarly: [UInt64] = []
    }

    private struct Waiter {
        let id: UInt64
        let phase: Phase
        let continuation: CheckedContinuation<Void, Never>
    }

    private let state = Locked(State())

    var phase: Phase { self.state.withLock { $0.phase } }

    /// Goes to `phase` unless already there or further, and wakes whoever waited for it.
    func advance(to phase: Phase) {
        let due = self.state.withLock { state -> [Waiter] in
            guard phase > state.phase else { return [] }
            state.phase = phase
            if state.waiters.isEmpty { return [] }
            let due = state.waiters.filter { $0.phase <= phase }
            state.waiters.removeAll { $0.phase <= phase }
            return due
        }
        for waiter in due { waiter.continuation.resume() }
    }

    /// Returns once `phase` is reached or the calling task is cancelled.
    func wait(for phase: Phase) async {
        let id = self.state.withLock { state -> UInt64? in
            guard state.phase < phase else { return nil }
            state.nextWaiter += 1
            return state.nextWaiter
        }
        guard let id else { return }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let done = self.state.withLock { state -> Bool in
                    if let early = state.cancelledEarly.firstIndex(of: id) {
                        state.cancelledEarly.remove(at: early)
                        return true
                    }
                    guard state.phase < phase else { return true }
                    state.waiters.append(Waiter(id: id, phase: phase, continuation: continuation))
                    return false
                }
                if done { continuation.resume() }
            }
        } onCancel: {
            self.cancelWaiter(id, phase)
        }
    }

    private func cancelWaiter(_ id: UInt64, _ phase: Phase) {
        let waiter = self.state.withLock { state -> Waiter? in
            guard let index = state.waiters.firstIndex(where: { $0.id == id }) else {
                if state.phase < phase { state.cancelledEarly.append(id) }
                return nil
            }
            return state.waiters.remove(at: index)
        }
        waiter?.continuation.resume()
    }
}
