import Logging

/// Adds manifold, generation and attempt to what a worker logs, and records what is below the engine logger's level.
struct WorkerLogHandler: LogHandler {
    /// What a worker made of its copy of the logger.
    private final class Own: Sendable {
        let handler: any LogHandler
        let level: Logger.Level?

        init(handler: any LogHandler, level: Logger.Level?) {
            self.handler = handler
            self.level = level
        }
    }

    let log: WorkerLog
    private var own: Own?

    init(log: WorkerLog) {
        self.log = log
    }

    /// The engine's handler with this worker's metadata, for a copy that is changed.
    private var handler: any LogHandler {
        if let own = self.own { return own.handler }
        var handler = self.log.engine.logger.handler
        for (key, value) in self.log.metadata { handler[metadataKey: key] = value }
        return handler
    }

    private mutating func change(_ body: (inout any LogHandler) -> Void) {
        var handler = self.handler
        body(&handler)
        self.own = Own(handler: handler, level: self.own?.level)
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.handler[metadataKey: key] }
        set { self.change { $0[metadataKey: key] = newValue } }
    }

    var metadata: Logger.Metadata {
        get { self.handler.metadata }
        set { self.change { $0.metadata = newValue } }
    }

    var metadataProvider: Logger.MetadataProvider? {
        get { self.own?.handler.metadataProvider ?? self.log.engine.logger.handler.metadataProvider }
        set { self.change { $0.metadataProvider = newValue } }
    }

    /// Everything while lines are recorded, unless the worker gave its copy a level of its own.
    var logLevel: Logger.Level {
        get {
            if let level = self.own?.level { return level }
            return self.log.engine.recordedLines > 0 ? .trace : self.log.engine.logger.logLevel
        }
        set {
            var handler = self.handler
            handler.logLevel = newValue
            self.own = Own(handler: handler, level: newValue)
        }
    }

    func log(event: LogEvent) {
        let handler = self.own?.handler ?? self.log.engine.logger.handler
        guard event.level >= self.own?.level ?? handler.logLevel else {
            // A level of its own is a wish: what it leaves out is not wanted at all.
            if self.own?.level == nil { self.record(event) }
            return
        }
        guard self.own == nil else { return handler.log(event: event) }
        var event = event
        var metadata = self.log.metadata
        if let own = event.metadata { metadata.merge(own) { $1 } }
        event.metadata = metadata
        handler.log(event: event)
    }

    private func record(_ event: LogEvent) {
        guard self.log.engine.recordedLines > 0 else { return }
        // What a provider says is true now, and not when the line is written.
        var metadata = self.own?.handler.metadata ?? self.log.metadata
        if let provided = self.metadataProvider?.get() { metadata.merge(provided) { $1 } }
        if let own = event.metadata { metadata.merge(own) { $1 } }
        self.log.record(FlightLine(event, metadata: metadata, at: self.log.engine.now()))
    }
}
