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
        var log: AsyncStream<LogEntry>.Continuation?
        var lowestLogged = Logger.Level.critical
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

    /// The one reader that writes the log.
    func openLog(capacity: Int, lowest: Logger.Level) -> AsyncStream<LogEntry> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: LogEntry.self,
            bufferingPolicy: .bufferingNewest(capacity)
        )
        self.state.withLock { state in
            state.log = continuation
            state.lowestLogged = lowest
        }
        return stream
    }

    /// - Parameter recorded: Lines to be written before the event's own.
    func send(_ event: EngineEvent, recorded: [FlightLine] = []) {
        let level = event.logLevel
        let (observers, log) = self.state.withLock { state in
            (
                state.observers.isEmpty ? [] : state.observers.values.filter { $0.lowest <= level },
                state.lowestLogged <= level ? state.log : nil
            )
        }
        log?.yield(LogEntry(event: event, recorded: recorded))
        for observer in observers { observer.continuation.yield(event) }
    }

    func finish() {
        let (observers, log) = self.state.withLock { state in
            state.isFinished = true
            defer {
                state.observers = [:]
                state.log = nil
            }
            return (Array(state.observers.values), state.log)
        }
        log?.finish()
        for observer in observers { observer.continuation.finish() }
    }
}

/// One event on its way to the log, with what the flight recorder kept of the worker that failed.
struct LogEntry: Sendable {
    let event: EngineEvent
    let recorded: [FlightLine]

    func write(to logger: Logger) {
        if !self.recorded.isEmpty {
            // Below the level of the handler, and some handlers look at it themselves.
            var handler = logger.handler
            handler.logLevel = .trace
            for line in self.recorded { line.write(to: handler, before: self.event.at) }
        }
        self.event.log(to: logger)
    }
}
