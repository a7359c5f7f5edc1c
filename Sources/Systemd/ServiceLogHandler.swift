public import Logging

/// A swift-log handler that writes to a `LogSink`: journal fields under the service manager, plain lines elsewhere.
public struct ServiceLogHandler: LogHandler {
    /// The least severe level that is written: the sink's, now and later, until another is set here.
    public var logLevel: Logger.Level {
        get { self.ownLevel ?? self.sink.level }
        set { self.ownLevel = newValue }
    }
    /// Sent with every line.
    public var metadata: Logger.Metadata = [:]
    /// Asked for more metadata at every line.
    public var metadataProvider: Logger.MetadataProvider?

    private var ownLevel: Logger.Level?
    private let label: String
    private let sink: LogSink

    /// A handler for the logger `label`; without a level of its own it follows the sink's.
    public init(
        label: String,
        sink: LogSink,
        level: Logger.Level? = nil,
        metadataProvider: Logger.MetadataProvider? = nil
    ) {
        self.label = label
        self.sink = sink
        self.ownLevel = level
        self.metadataProvider = metadataProvider
    }

    /// One item of the metadata sent with every line.
    public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { self.metadata[key] }
        set { self.metadata[key] = newValue }
    }

    /// Hands one line to the sink.
    public func log(event: LogEvent) {
        var metadata = self.metadata
        if let provided = self.metadataProvider?.get() { metadata.merge(provided) { _, new in new } }
        if let given = event.metadata { metadata.merge(given) { _, new in new } }
        if let error = event.error { metadata["error"] = "\(error)" }
        self.sink.write(
            LogLine(
                level: event.level,
                message: event.message.description,
                label: self.label,
                file: event.file,
                line: event.line,
                function: event.function,
                metadata: metadata.map { (key: $0.key, value: $0.value.description) }.sorted { $0.key < $1.key }
            )
        )
    }
}
