/// How far the engine has asked one worker to go, who waits to hear it, and what runs on the worker's behalf.
///
/// One block of memory under one lock for all of it, as every instance has one.
struct StopState: Sendable {
    enum Phase: UInt8, Comparable, Sendable {
        case running, draining, stopping

        static func < (left: Phase, right: Phase) -> Bool { left.rawValue < right.rawValue }
    }

    /// Which task a cancellation is meant for; standalone signals stay at `starting` without one.
    enum Stage {
        case starting(Task<Void, Never>?, isCancelled: Bool)
        case running(Task<Void, Never>?, isCancelled: Bool)
        case over
    }

    struct State {
        var phase = Phase.running
        var stage = Stage.starting(nil, isCancelled: false)
        /// What few workers have, so that the others do not pay for it.
        var extras: WorkerExtras?
        /// What the start is given, until it takes it: the worker's task would hold it, and with it what other workers
        /// provided once, for as long as it runs.
        var values: InputValues?
        fileprivate var lastWaiter: UInt32 = 0
        /// The usual one is here, so that waiting for the stop needs no array.
        fileprivate var waiter: Waiter?
        fileprivate var moreWaiters: [Waiter] = []
        /// Waiters whose task was cancelled before they could be listed.
        fileprivate var cancelledEarly: [UInt32] = []
    }

    fileprivate struct Waiter {
        let id: UInt32
        let phase: Phase
        let continuation: UnsafeContinuation<Void, Never>
    }

    let state = Locked(State())

    var phase: Phase { self.state.withLock { $0.phase } }

    /// Goes to `phase` unless already there or further, and wakes whoever waited for it.
    func advance(to phase: Phase) {
        let (first, others) = self.state.withLock { state -> (Waiter?, [Waiter]) in
            guard phase > state.phase else { return (nil, []) }
            state.phase = phase
            var first: Waiter?
            if let waiter = state.waiter, waiter.phase <= phase {
                first = waiter
                state.waiter = nil
            }
            if state.moreWaiters.isEmpty { return (first, []) }
            let others = state.moreWaiters.filter { $0.phase <= phase }
            state.moreWaiters.removeAll { $0.phase <= phase }
            return (first, others)
        }
        first?.continuation.resume()
        for waiter in others { waiter.continuation.resume() }
    }

    /// Returns once `phase` is reached or the calling task is cancelled.
    func wait(for phase: Phase) async {
        let id = self.state.withLock { state -> UInt32? in
            guard state.phase < phase else { return nil }
            state.lastWaiter &+= 1
            return state.lastWaiter
        }
        guard let id else { return }
        await withTaskCancellationHandler {
            await withUnsafeContinuation { continuation in
                if !self.keep(Waiter(id: id, phase: phase, continuation: continuation)) { continuation.resume() }
            }
        } onCancel: {
            self.cancelWaiter(id, phase)
        }
    }

    /// Lists a waiter, unless it need not wait any more.
    private func keep(_ waiter: Waiter) -> Bool {
        self.state.withLock { state in
            if let early = state.cancelledEarly.firstIndex(of: waiter.id) {
                state.cancelledEarly.remove(at: early)
                return false
            }
            guard state.phase < waiter.phase else { return false }
            if state.waiter == nil {
                state.waiter = waiter
            } else {
                state.moreWaiters.append(waiter)
            }
            return true
        }
    }

    private func cancelWaiter(_ id: UInt32, _ phase: Phase) {
        let waiter = self.state.withLock { state -> Waiter? in
            if let waiter = state.waiter, waiter.id == id {
                state.waiter = nil
                return waiter
            }
            guard let index = state.moreWaiters.firstIndex(where: { $0.id == id }) else {
                if state.phase < phase { state.cancelledEarly.append(id) }
                return nil
            }
            return state.moreWaiters.remove(at: index)
        }
        waiter?.continuation.resume()
    }
}
