import CoreMetrics

/// What an engine tells a metrics backend. Nothing of this exists unless the engine was made with a factory.
///
/// Each metric has the dimension `manifold`; `engine_state` has `state` besides.
///
/// | name | kind | what |
/// |---|---|---|
/// | `engine_starts` | counter | start functions called |
/// | `engine_failures` | counter | failures charged |
/// | `engine_bounces` | counter | starts anew that no failure caused: a bounce on request, or that of an input |
/// | `engine_abandoned` | counter | instances that did not end in time |
/// | `engine_state` | meter | 1 for the state the manifold is in, 0 for those it was in |
/// | `engine_start_seconds` | timer | from the call of the start function until it returned a worker |
/// | `engine_ready_seconds` | timer | from the call of the start function until the worker was ready |
/// | `engine_stop_seconds` | timer | from the request to stop until the worker had ended |
struct EngineMetrics {
    /// What one manifold reports to; made when something first happens to it.
    private struct Handles {
        let starts: Counter
        let failures: Counter
        let bounces: Counter
        let abandoned: Counter
        let startSeconds: Timer
        let readySeconds: Timer
        let stopSeconds: Timer
        var states: [ManifoldState: Meter] = [:]
        var state = ManifoldState.waiting
        /// What it will be in once the worker under way has ended.
        var afterwards: ManifoldState?
        var since = Duration.zero
        var isStarted = false
        var failedLast = false
        var hasBegun = false
    }

    private let factory: any MetricsFactory
    private var manifolds: [String: Handles] = [:]

    init(_ factory: any MetricsFactory) {
        self.factory = factory
    }

    mutating func take(_ event: EngineEvent) {
        guard event.kind != .engine else { return }
        if event.kind == .uninstalled { return self.forget(event.manifold) }
        self.take(event, of: event.manifold)
    }

    private mutating func take(_ event: EngineEvent, of name: String) {
        var handles = self.manifolds.removeValue(forKey: name) ?? self.makeHandles(name)
        switch event.kind {
        case .starting:
            handles.starts.increment()
            if handles.hasBegun, !handles.failedLast { handles.bounces.increment() }
            handles.hasBegun = true
            handles.failedLast = false
            handles.isStarted = false
            handles.since = event.at
        case .started:
            handles.isStarted = true
            handles.startSeconds.recordNanoseconds((event.at - handles.since).inNanoseconds)
        case .ready:
            let took = (event.at - handles.since).inNanoseconds
            // Most are ready by having started, and say so in one event.
            if !handles.isStarted { handles.startSeconds.recordNanoseconds(took) }
            handles.readySeconds.recordNanoseconds(took)
        case .stopping: handles.since = event.at
        case .stopped: handles.stopSeconds.recordNanoseconds((event.at - handles.since).inNanoseconds)
        case .failed:
            handles.failures.increment()
            handles.failedLast = true
        case .abandoned: handles.abandoned.increment()
        case .installed, .bounced, .finished, .parked, .resumed, .uninstalled, .engine: break
        }
        self.setState(after: event, &handles, name)
        self.manifolds[name] = handles
    }

    private func setState(after event: EngineEvent, _ handles: inout Handles, _ name: String) {
        let isRunning = [.starting, .started, .ready, .stopping].contains(handles.state)
        let state: ManifoldState
        switch event.kind {
        case .starting:
            handles.afterwards = nil
            state = .starting
        case .started: state = .started
        case .ready: state = .ready
        case .stopping: state = .stopping
        case .finished: state = .finished
        case .failed, .bounced:
            handles.afterwards = event.retryIn == nil ? nil : .backingOff
            state = handles.afterwards ?? .waiting
        case .parked:
            handles.afterwards = .parked
            // One that runs is parked once it has stopped.
            state = isRunning ? handles.state : .parked
        case .resumed:
            handles.afterwards = nil
            state = isRunning ? handles.state : .waiting
        case .stopped, .abandoned: state = handles.afterwards ?? .waiting
        case .installed, .uninstalled, .engine: state = .waiting
        }
        if state != handles.state { handles.states[handles.state]?.set(0) }
        handles.state = state
        let meter = handles.states[state] ?? self.makeState(state, name)
        handles.states[state] = meter
        meter.set(1)
    }

    private func makeState(_ state: ManifoldState, _ name: String) -> Meter {
        Meter(
            label: "engine_state",
            dimensions: [("manifold", name), ("state", state.rawValue)],
            factory: self.factory
        )
    }

    private func makeHandles(_ name: String) -> Handles {
        let dimensions = [("manifold", name)]
        func counter(_ label: String) -> Counter {
            Counter(label: label, dimensions: dimensions, factory: self.factory)
        }
        func timer(_ label: String) -> Timer {
            Timer(label: label, dimensions: dimensions, preferredDisplayUnit: .seconds, factory: self.factory)
        }
        return Handles(
            starts: counter("engine_starts"),
            failures: counter("engine_failures"),
            bounces: counter("engine_bounces"),
            abandoned: counter("engine_abandoned"),
            startSeconds: timer("engine_start_seconds"),
            readySeconds: timer("engine_ready_seconds"),
            stopSeconds: timer("engine_stop_seconds")
        )
    }

    private mutating func forget(_ name: String) {
        guard let handles = self.manifolds.removeValue(forKey: name) else { return }
        for counter in [handles.starts, handles.failures, handles.bounces, handles.abandoned] { counter.destroy() }
        for timer in [handles.startSeconds, handles.readySeconds, handles.stopSeconds] { timer.destroy() }
        for meter in handles.states.values { meter.destroy() }
    }
}

extension Duration {
    fileprivate var inNanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        let (whole, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return overflowed ? .max : whole + attoseconds / 1_000_000_000
    }
}
