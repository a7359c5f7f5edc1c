import Logging
import Synchronization

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

        /// The rank of the lowest level that anybody listens at.
        var lowestRank: UInt8 {
            let lowest = self.observers.values.lazy.map(\.lowest.rank).min() ?? .max
            return self.log == nil ? lowest : min(lowest, self.lowestLogged.rank)
        }
    }

    private let state = Locked(State())
    /// Set under the lock of `state`, read without: an event that nobody waits for costs a load.
    private let lowestRank = Atomic(UInt8.max)

    /// Whether anybody hears events of `level`; may say yes for one who has just gone.
    func hasListener(at level: Logger.Level) -> Bool {
        level.rank >= self.lowestRank.load(ordering: .acquiring)
    }

    private func change<Result>(_ body: (inout State) -> Result) -> Result {
        self.state.withLock { state in
            defer { self.lowestRank.store(state.lowestRank, ordering: .releasing) }
            return body(&state)
        }
    }

    func observe(capacity: Int, lowest: Logger.Level = .trace) -> AsyncStream<EngineEvent> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: EngineEvent.self,
            bufferingPolicy: .bufferingNewest(capacity)
        )
        let id = self.change { state -> UInt64? in
            guard !state.isFinished else { return nil }
            let id = state.nextObserver
            state.nextObserver += 1
            state.observers[id] = Observer(continuation: continuation, lowest: lowest)
            return id
        }
        if let id {
            continuation.onTermination = { [weak self] _ in
                _ = self?.change { $0.observers.removeValue(forKey: id) }
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
        self.change { state in
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
        let (observers, log) = self.change { state in
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

extension Logger.Level {
    fileprivate var rank: UInt8 {
        switch self {
        case .trace: 0
        case .debug: 1
        case .info: 2
        case .notice: 3
        case .warning: 4
        case .error: 5
        case .critical: 6
        }
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
