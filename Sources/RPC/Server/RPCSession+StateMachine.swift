import DequeModule
import NIOCore

/// When a connection handles a message, keeps it for later, stops reading, or closes: pure.
struct RPCSessionStateMachine {
    private enum State {
        case open
        /// No new requests; closes when the running ones are answered.
        case draining
        /// A close frame is on its way; only the other end's is waited for.
        case closing
    }

    enum MessageAction: Equatable {
        case handle
        /// Kept until an earlier request is answered.
        case keep
        /// Answer that the server stops.
        case refuse
        case ignore
    }

    enum AnswerAction: Equatable {
        case handle(ByteBuffer)
        case read
        case close
        case nothing
    }

    private var state = State.open
    private var running = 0
    private var runningBytes = 0
    private var backlog = Deque<ByteBuffer>()
    private var isWritable = true
    /// True while the connection is not read, so that nothing can be heard from the other end.
    private(set) var isReadHeld = false
    private let maximumRunning: Int
    private let maximumBytes: Int

    /// - Parameters:
    ///   - maximumRunning: how many requests may be without an answer.
    ///   - maximumBytes: how large those may be together; one message is taken whatever its size.
    init(maximumRunning: Int, maximumBytes: Int) {
        self.maximumRunning = maximumRunning
        self.maximumBytes = maximumBytes
    }

    /// Whether one more request may be handled: its answer would only pile up while nobody reads answers.
    private var hasRoom: Bool {
        self.isWritable && self.running < self.maximumRunning && self.runningBytes < self.maximumBytes
    }

    private var mayRead: Bool {
        switch self.state {
        case .open: self.hasRoom && self.backlog.isEmpty
        case .draining: self.isWritable
        case .closing: true
        }
    }

    /// A message has come.
    mutating func received(_ message: ByteBuffer) -> MessageAction {
        switch self.state {
        case .open:
            guard self.hasRoom, self.backlog.isEmpty else {
                self.backlog.append(message)
                return .keep
            }
            self.started(message)
            return .handle
        case .draining: return .refuse
        case .closing: return .ignore
        }
    }

    private mutating func started(_ message: ByteBuffer) {
        self.running += 1
        self.runningBytes += message.readableBytes
    }

    /// The answer to a request of `bytes` bytes is written.
    mutating func answered(bytes: Int) -> AnswerAction {
        self.running -= 1
        self.runningBytes -= bytes
        guard case .draining = self.state else { return self.next() }
        guard self.running == 0 else { return .nothing }
        self.state = .closing
        return .close
    }

    /// What there is to do now that something has changed; to be asked again after `handle`.
    mutating func next() -> AnswerAction {
        if case .open = self.state, self.hasRoom, let next = self.backlog.popFirst() {
            self.started(next)
            return .handle(next)
        }
        guard self.isReadHeld, self.mayRead else { return .nothing }
        self.isReadHeld = false
        return .read
    }

    /// The channel wants to read; false keeps it from that until an action says `read`.
    mutating func readRequested() -> Bool {
        if self.mayRead { return true }
        self.isReadHeld = true
        return false
    }

    /// The other end reads its answers again, or does not; `next` says what follows.
    mutating func writabilityChanged(to isWritable: Bool) { self.isWritable = isWritable }

    /// The server stops: true when nothing runs, so that the connection can close now. What was kept is dropped
    /// and returned, to be refused.
    mutating func drain() -> (closeNow: Bool, refused: [ByteBuffer]) {
        guard case .open = self.state else { return (false, []) }
        let refused = Array(self.backlog)
        self.backlog = []
        self.state = self.running == 0 ? .closing : .draining
        return (self.running == 0, refused)
    }

    /// A close frame is sent; true the first time, and reading is to go on in any case.
    mutating func close() -> Bool {
        if case .closing = self.state { return false }
        self.state = .closing
        self.backlog = []
        return true
    }

    /// True once a close frame was sent.
    var isClosing: Bool { if case .closing = self.state { true } else { false } }
}
