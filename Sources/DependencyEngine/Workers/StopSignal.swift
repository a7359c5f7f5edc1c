/// How the engine asks a worker to end. Safe from any task; cheap to poll.
public struct StopSignal: Sendable {
    let state: StopState

    /// Whether the worker was asked to end.
    public var isRequested: Bool { self.state.phase == .stopping }

    /// Whether the worker was asked to take no new work, the first phase of a shutdown; stays true once stopping.
    public var isDraining: Bool { self.state.phase >= .draining }

    /// Returns when the worker is asked to end, or its task is cancelled because it took too long.
    public func wait() async {
        await self.state.wait(for: .stopping)
    }

    /// Returns when the worker is asked to drain or to end, or its task is cancelled.
    public func drained() async {
        await self.state.wait(for: .draining)
    }
}

extension StopSignal {
    /// A signal that stands on its own, for tests of a worker; returns it with the functions that raise it.
    public static func standalone() -> (signal: StopSignal, drain: @Sendable () -> Void, stop: @Sendable () -> Void) {
        let state = StopState()
        return (StopSignal(state: state), { state.advance(to: .draining) }, { state.advance(to: .stopping) })
    }
}
