import Logging

/// Whose lines they are: what the logger of one instance holds instead of metadata, which is made when a line is.
final class WorkerLog: @unchecked Sendable {
    // Unchecked: `recorder` is only touched under `engine.recorderLock`; the rest never changes.
    let manifold: String
    let generation: Int
    let attempt: Int
    let engine: EngineLog
    private var recorder: FlightRecorder?

    init(manifold: String, generation: Int, attempt: Int, engine: EngineLog) {
        self.manifold = manifold
        self.generation = generation
        self.attempt = attempt
        self.engine = engine
    }

    var metadata: Logger.Metadata {
        ["manifold": "\(self.manifold)", "generation": "\(self.generation)", "attempt": "\(self.attempt)"]
    }

    /// The logger of this instance: cheap to make, as nothing is rendered before a line is written.
    func makeLogger() -> Logger {
        Logger(label: self.engine.logger.label, factory: { _ in WorkerLogHandler(log: self) })
    }

    func record(_ line: FlightLine) {
        self.engine.recorderLock.withLock { _ in
            if self.recorder == nil { self.recorder = FlightRecorder(capacity: self.engine.recordedLines) }
            self.recorder?.keep(line)
        }
    }

    /// How many lines are recorded.
    var recordedLines: Int { self.engine.recorderLock.withLock { _ in self.recorder?.lines.count ?? 0 } }

    /// What was recorded, oldest first; the recorder begins anew.
    func takeLines() -> [FlightLine] {
        guard self.engine.recordedLines > 0 else { return [] }
        return self.engine.recorderLock.withLock { _ in
            defer { self.recorder = nil }
            return self.recorder?.lines ?? []
        }
    }
}
