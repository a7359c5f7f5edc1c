import Logging

extension EngineEvent {
    var logLevel: Logger.Level {
        self.kind.logLevel(hasError: self.error != nil, isTriedAgain: self.retryIn != nil)
    }

    func log(to logger: Logger) {
        guard self.kind != .engine else {
            logger.log(level: self.logLevel, "the engine is \(self.engineState.rawValue)")
            return
        }
        var metadata: Logger.Metadata = [
            "manifold": "\(self.manifold)", "generation": "\(self.generation)", "attempt": "\(self.attempt)",
        ]
        if let error = self.error { metadata["error"] = "\(error)" }
        if let reason = self.reason { metadata["reason"] = "\(reason)" }
        if let retryIn = self.retryIn { metadata["retry-in-ms"] = "\(retryIn.inMilliseconds)" }
        logger.log(level: self.logLevel, "\(self.sentence)", metadata: metadata)
    }

    private var sentence: String {
        var text = "\(self.manifold) \(self.kind.rawValue)"
        if let reason = self.reason { text += ": \(reason)" }
        if let error = self.error { text += ": \(error)" }
        if let retryIn = self.retryIn { text += " (again in \(retryIn.inMilliseconds) ms)" }
        return text
    }
}

extension EngineEvent.Kind {
    /// Planned stops are never errors; what needs somebody is.
    func logLevel(hasError: Bool, isTriedAgain: Bool) -> Logger.Level {
        switch self {
        case .installed, .starting, .stopping: .debug
        case .started, .ready, .stopped, .bounced, .finished, .resumed, .uninstalled, .engine: .info
        case .failed: isTriedAgain ? .warning : .error
        // Waiting for something missing is ordinary; giving up is not.
        case .parked: hasError ? .error : .info
        case .abandoned: .error
        }
    }
}
