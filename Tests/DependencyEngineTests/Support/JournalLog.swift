import Logging

/// Writes `level message {sorted metadata}` to a journal, after passing a gate if there is one.
struct JournalLog: LogHandler {
    var journal: Journal
    var blocked: Blocker?
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    subscript(metadataKey key: String) -> Logger.MetadataValue? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        self.blocked?.wait()
        let all = self.metadata.merging(event.metadata ?? [:]) { $1 }
        let text = all.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        self.journal.append("\(event.level) \(event.message) {\(text)}")
    }
}

/// Holds up the thread that logs, as a sink whose socket is full does.
final class Blocker: Sendable {
    private let condition = Condition()

    func wait() { self.condition.wait() }
    func open() { self.condition.open() }
}

extension Logger {
    /// A logger whose lines stand in `journal`.
    static func writing(to journal: Journal, level: Logger.Level = .trace) -> Logger {
        var logger = Logger(label: "test", factory: { _ in JournalLog(journal: journal, blocked: nil) })
        logger.logLevel = level
        return logger
    }
}
