import Logging

/// The last lines of one worker below the engine logger's level, for when it fails.
struct FlightRecorder: Sendable {
    private let capacity: Int
    private var ring: [FlightLine] = []
    /// Where the oldest is, once the ring is full.
    private var oldest = 0

    init(capacity: Int) {
        self.capacity = capacity
    }

    mutating func keep(_ line: FlightLine) {
        if self.ring.count < self.capacity {
            self.ring.append(line)
        } else if self.capacity > 0 {
            self.ring[self.oldest] = line
            self.oldest = (self.oldest + 1) % self.capacity
        }
    }

    /// Oldest first.
    var lines: [FlightLine] {
        Array(self.ring[self.oldest...] + self.ring[..<self.oldest])
    }
}

/// One recorded line. Nothing in it is bigger than `longest` bytes, and nothing is alive: values are words by now.
struct FlightLine: Sendable {
    /// The message and each metadata value are cut to this many bytes.
    static let longest = 1024
    /// More metadata than this is left out.
    static let mostMetadata = 16

    let at: Duration
    let level: Logger.Level
    let message: String
    let metadata: Logger.Metadata
    let source: String
    let file: String
    let function: String
    let line: UInt

    init(_ event: LogEvent, metadata: Logger.Metadata, at: Duration) {
        self.at = at
        self.level = event.level
        var message = event.message.description
        if let error = event.error { message += ": \(error)" }
        self.message = message.cut(to: Self.longest)
        var kept: Logger.Metadata = [:]
        // Sorted, so that the same ones are left out each time.
        for (key, value) in metadata.sorted(by: { $0.key < $1.key }).prefix(Self.mostMetadata) {
            kept[key.cut(to: Self.longest)] = .string("\(value)".cut(to: Self.longest))
        }
        self.metadata = kept
        self.source = event.source
        self.file = event.file
        self.function = event.function
        self.line = event.line
    }

    /// Writes the line as it was, with when that was: since the engine was made, and before the failure.
    func write(to handler: some LogHandler, before failure: Duration) {
        var metadata = self.metadata
        metadata["recorded-at-ms"] = "\(self.at.inMilliseconds)"
        metadata["before-failure-ms"] = "\((failure - self.at).inMilliseconds)"
        handler.log(
            event: LogEvent(
                level: self.level,
                message: "\(self.message)",
                metadata: metadata,
                source: self.source,
                file: self.file,
                function: self.function,
                line: self.line
            )
        )
    }
}

extension String {
    /// At most `limit` bytes of UTF-8, whole characters of Unicode, with "…" where something was cut.
    func cut(to limit: Int) -> String {
        guard self.utf8.count > limit else { return self }
        var end = self.utf8.index(self.utf8.startIndex, offsetBy: max(limit - 3, 0))
        while end.samePosition(in: self.unicodeScalars) == nil { end = self.utf8.index(before: end) }
        return self[..<end] + "…"
    }
}
