import Logging

/// What the loggers of one engine's workers share: where lines go, and whether those below its level are recorded.
final class EngineLog: Sendable {
    /// The engine's own logger, as it was given.
    let logger: Logger
    /// How many lines a worker's recorder keeps; 0 is no recorder.
    let recordedLines: Int
    let now: @Sendable () -> Duration
    /// Guards the recorders of all workers: hardly any worker has one, so it is hardly ever contended.
    let recorderLock = Locked(())

    init(_ logger: Logger, recordedLines: Int, now: @escaping @Sendable () -> Duration) {
        self.logger = logger
        // Nobody reads what a no-op handler is given.
        self.recordedLines = logger.handler is SwiftLogNoOpLogHandler ? 0 : max(recordedLines, 0)
        self.now = now
    }
}
