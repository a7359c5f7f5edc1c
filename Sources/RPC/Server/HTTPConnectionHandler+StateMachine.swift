import NIOHTTP1

/// Where a connection is in its HTTP life, before it is anything else: pure.
struct HTTPConnectionStateMachine {
    private enum State {
        /// Between requests, or before the first.
        case idle
        case receiving(HTTPRequestHead, bodyBytes: Int)
        /// A 101 is promised; bytes that come are kept for the new protocol.
        case upgrading
        /// The last answer is on its way; whatever comes is ignored.
        case closing
    }

    enum EndAction {
        case answer(HTTPRequestHead)
        case ignore
    }

    private var state = State.idle
    private let maximumBodyBytes: Int
    private var isFirst = true

    init(limits: HTTPServerLimits) {
        self.maximumBodyBytes = limits.requestBodyBytes
    }

    /// True while no request is being received or answered.
    var isIdle: Bool { if case .idle = self.state { true } else { false } }
    /// True from the promised 101 on.
    var isUpgrading: Bool { if case .upgrading = self.state { true } else { false } }
    /// True until the first request is complete.
    var awaitsFirstRequest: Bool { self.isFirst }

    /// A request begins.
    mutating func received(_ head: HTTPRequestHead) {
        guard case .idle = self.state else { return }
        self.state = .receiving(head, bodyBytes: 0)
    }

    /// Bytes of the request's body, which nobody here wants but a few are let pass.
    mutating func received(bodyBytes: Int) -> HTTPAnswer? {
        guard case .receiving(let head, let received) = self.state else { return nil }
        guard received + bodyBytes <= self.maximumBodyBytes else {
            self.state = .closing
            return HTTPAnswer(.payloadTooLarge, "a request body may have at most \(self.maximumBodyBytes) bytes")
        }
        self.state = .receiving(head, bodyBytes: received + bodyBytes)
        return nil
    }

    /// The request is complete.
    mutating func receivedEnd() -> EndAction {
        guard case .receiving(let head, _) = self.state else { return .ignore }
        self.isFirst = false
        self.state = .idle
        return .answer(head)
    }

    /// The complete request gets a 101.
    mutating func upgrade() { self.state = .upgrading }

    /// What was or will be sent is the last; true the first time.
    mutating func close() -> Bool {
        if case .closing = self.state { return false }
        self.state = .closing
        return true
    }
}
