import Logging

/// Hands events to observers and to the log, each behind a bounded buffer: a slow one loses the oldest and holds up
/// nobody.
final class EventBroadcast: Sendable {
    private struct Observer {
        var continuation: AsyncStream<EngineEvent>.Continuation
        var lowest: Logger.Level
    }

    private struct State {
        var observers: [UInt64: Observer] = [:]
        var nextObserver: UInt64 = 0
        var isFinished = false
    }

    private let state = Locked(State())

    func observe(capacity: Int, lowest: Logger.Level = .trace) -> AsyncStream<EngineEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: EngineEvent.self,
            bufferingPolicy: .bufferingNewest(capacity)
        )
        let id = self.state.withLock { state -> UInt64? in
            guard !state.isFinished else { return nil }
            let id = state.nextObserver
            state.nextObserver += 1
            state.observers[id] = Observer(continuation: continuation, lowest: lowest)
            return id
        }
        if let id {
            continuation.onTermination = { [weak self] _ in
                _ = self?.state.withLock { $0.observers.removeValue(forKey: id) }
            }
        } else {
            continuation.finish()
        }
        return stream
    }

    func send(_ event: EngineEvent) {
        let level = event.logLevel
        let observers = self.state.withLock { state in
            state.observers.values.filter { $0.lowest <= level }
        }
        for observer in observers { observer.continuation.yield(event) }
    }

    func finish() {
        let observers = self.state.withLock { state -> [Observer] in
            state.isFinished = true
            defer { state.observers = [:] }
            return Array(state.observers.values)
        }
        for observer in observers { observer.continuation.finish() }
    }
}
