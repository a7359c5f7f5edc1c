internal import CSystemd
internal import Dispatch
public import Logging
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where log lines go: the journal with fields, or standard error.
///
/// Lines are written on a thread of their own, since a stalled journal or a full pipe must not stop an event loop or the
/// cooperative pool. The queue is bounded: what does not fit is dropped and counted, and the next line that fits says so.
public final class LogSink: Sendable {
    /// The two places.
    public enum Destination: Sendable, Hashable {
        case journal
        case standardError
    }

    /// Where this sink writes.
    public let destination: Destination
    private let identifier: String
    private let queue = DispatchQueue(label: "holdfast.log")
    private let waiting = Atomic<Int>(0)
    private let dropped = Atomic<Int>(0)
    private static let capacity = 8_192
    /// A level's place among all.
    private let threshold: Atomic<Int>

    /// A sink for lines of the program `identifier`.
    public init(identifier: String, destination: Destination, level: Logger.Level = .info) {
        self.identifier = identifier
        self.destination = destination
        self.threshold = Atomic(Self.place(of: level))
    }

    /// The least severe level that handlers without a level of their own write; may be changed at any time, from any
    /// thread.
    public var level: Logger.Level {
        get { Logger.Level.allCases[self.threshold.load(ordering: .relaxed)] }
        set { self.threshold.store(Self.place(of: newValue), ordering: .relaxed) }
    }

    private static func place(of level: Logger.Level) -> Int { Logger.Level.allCases.firstIndex(of: level) ?? 0 }

    /// The journal when standard error is connected to it, as under the service manager; standard error otherwise.
    public static func detect(environment: [String: String]) -> Destination {
        guard let stream = environment["JOURNAL_STREAM"] else { return .standardError }
        var status = stat()
        guard fstat(STDERR_FILENO, &status) == 0, stream == "\(status.st_dev):\(status.st_ino)" else {
            return .standardError
        }
        return .journal
    }

    /// Blocks until every line given so far is written; for the end of a program.
    public func flush() {
        self.queue.sync {}
    }

    func write(_ line: LogLine) {
        guard self.waiting.add(1, ordering: .relaxed).newValue <= Self.capacity else {
            self.waiting.subtract(1, ordering: .relaxed)
            self.dropped.add(1, ordering: .relaxed)
            return
        }
        self.queue.async {
            let lost = self.dropped.exchange(0, ordering: .relaxed)
            if lost > 0 { self.emit(self.notice(ofLost: lost)) }
            self.emit(line)
            self.waiting.subtract(1, ordering: .relaxed)
        }
    }

    private func notice(ofLost count: Int) -> LogLine {
        LogLine(
            level: .warning,
            message: "\(count) log lines were dropped because the log could not keep up",
            label: "log",
            file: #fileID,
            line: #line,
            function: #function,
            metadata: []
        )
    }

    private func emit(_ line: LogLine) {
        switch self.destination {
        case .journal: sendToJournal(line.journalFields(identifier: self.identifier))
        case .standardError: writeToStandardError(line.text)
        }
    }
}

private func sendToJournal(_ fields: [String]) {
    let buffers = fields.map { field in
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: field.utf8.count, alignment: 1)
        bytes.copyBytes(from: field.utf8)
        return iovec(iov_base: bytes.baseAddress, iov_len: bytes.count)
    }
    defer { for buffer in buffers { buffer.iov_base?.deallocate() } }
    _ = sd_journal_sendv(buffers, Int32(buffers.count))
}

private func writeToStandardError(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
        if count > 0 { bytes = bytes.dropFirst(count) } else if errno != EINTR { return }
    }
}
