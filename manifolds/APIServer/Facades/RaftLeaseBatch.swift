import AgentResources
import NIOConcurrencyHelpers
import NIOCore
import RPC

/// One batch of another controller's operations on the leader: answers as they come, and who waits for them.
///
/// Refusals are told at once and never wait for commits. Answers that come one by one are gathered for a moment, so that
/// those of one log entry go together. Thread-safe.
final class RaftLeaseBatch: AnswerTaker {
    /// How long answers gather while others of the batch are still open.
    static let gathering = TimeAmount.microseconds(500)

    /// What to do outside the lock.
    private enum Action {
        case none
        case gather
        case tell(RPCReply, [LeaseResponse.Answer], isLast: Bool)
        case refuse(RPCReply)
    }

    /// Which answers are known and not told, as a value.
    private struct State: Sendable {
        var missing: Int
        var fresh: [LeaseResponse.Answer] = []
        var waiting: RPCReply?
        var isSubmitting = true
        var isGathering = false

        mutating func answered(_ answers: [SlotAnswer]) -> Action {
            self.fresh += answers
            self.missing -= answers.count
            guard !self.isSubmitting, let waiting = self.waiting else { return .none }
            if self.missing == 0 { return self.tell(waiting) }
            guard !self.isGathering else { return .none }
            self.isGathering = true
            return .gather
        }

        /// Somebody waits for what is not told yet.
        mutating func wait(_ reply: RPCReply) -> Action {
            self.isSubmitting = false
            guard self.waiting == nil else { return .refuse(reply) }
            if self.missing == 0 || !self.fresh.isEmpty { return self.tell(reply) }
            self.waiting = reply
            return .none
        }

        mutating func gathered() -> Action {
            self.isGathering = false
            guard let waiting = self.waiting, !self.fresh.isEmpty else { return .none }
            return self.tell(waiting)
        }

        private mutating func tell(_ reply: RPCReply) -> Action {
            defer {
                self.fresh = []
                self.waiting = nil
            }
            return .tell(reply, self.fresh, isLast: self.missing == 0)
        }
    }

    /// What the rest is collected by.
    let id: UInt64
    /// Whose it is; when that connection has gone, nobody collects any more.
    let origin: Caller
    private let request: UInt64
    private let eventLoop: any EventLoop
    private let load: @Sendable () -> OperationLoad
    private let ended: @Sendable (UInt64) -> Void
    private let state: NIOLockedValueBox<State>

    /// - Parameters:
    ///   - request: the other controller's id of it, which its answers carry.
    ///   - ended: told once all answers were told.
    init(
        id: UInt64,
        request: UInt64,
        count: Int,
        origin: Caller,
        eventLoop: any EventLoop,
        load: @escaping @Sendable () -> OperationLoad,
        ended: @escaping @Sendable (UInt64) -> Void
    ) {
        self.id = id
        self.origin = origin
        self.request = request
        self.eventLoop = eventLoop
        self.load = load
        self.ended = ended
        self.state = .init(State(missing: count))
    }

    var isGone: Bool { self.origin.isGone }

    func take(_ answers: [SlotAnswer]) {
        let (action, isLast) = self.state.withLockedValue { state in (state.answered(answers), state.missing == 0) }
        // Nobody collects what a connection left behind.
        if isLast, self.origin.isGone { self.ended(self.id) }
        self.carryOut(action)
    }

    /// All has been submitted, or the rest is asked for: answered with what is known and not told, now or later.
    func wait(_ reply: RPCReply) {
        self.carryOut(self.state.withLockedValue { $0.wait(reply) })
    }

    private func carryOut(_ action: Action) {
        switch action {
        case .none: break
        case .gather:
            self.eventLoop.scheduleTask(in: Self.gathering) {
                self.carryOut(self.state.withLockedValue { $0.gathered() })
            }
        case .refuse(let reply): reply.fail(.notValid("the batch is waited for already"))
        case .tell(let reply, let answers, let isLast):
            if isLast { self.ended(self.id) }
            // Raft's thread, which brings the answers, has better to do than to encode them.
            if self.eventLoop.inEventLoop {
                self.tell(reply, answers, isLast: isLast)
            } else {
                self.eventLoop.execute { self.tell(reply, answers, isLast: isLast) }
            }
        }
    }

    private func tell(_ reply: RPCReply, _ answers: [LeaseResponse.Answer], isLast: Bool) {
        let response = LeaseResponse(id: self.request, answers: answers, load: self.load())
        var answer: JSONObject = ["response": .string(Base64.encode(response.hubBytes()))]
        if !isLast { answer["pending"] = .int(Int64(bitPattern: self.id)) }
        reply.succeed(.object(answer))
    }
}

/// The batches some of whose answers were not told yet. Thread-safe.
final class RaftLeaseBatches: Sendable {
    /// Far more than controllers keep open: what is above was left behind by connections that are gone.
    static let limit = 8_192
    /// Fewer are not looked through for those of connections that are gone.
    static let sweptFrom = 256

    private struct State: Sendable {
        var next = UInt64.random(in: 1...UInt64.max / 4)
        var batches: [UInt64: RaftLeaseBatch] = [:]
        /// How many are too many to be all still wanted: twice as many as were at the last look.
        var sweepAt = RaftLeaseBatches.sweptFrom
    }

    private let state = NIOLockedValueBox(State())

    var count: Int { self.state.withLockedValue { $0.batches.count } }

    /// Begins a batch; `nil` when too many are open.
    func begin(
        _ request: LeaseRequest,
        origin: Caller,
        eventLoop: any EventLoop,
        load: @escaping @Sendable () -> OperationLoad
    ) -> RaftLeaseBatch? {
        self.state.withLockedValue { state in
            if state.batches.count >= min(state.sweepAt, Self.limit) {
                state.batches = state.batches.filter { !$0.value.origin.isGone }
                state.sweepAt = max(Self.sweptFrom, 2 * state.batches.count)
                guard state.batches.count < Self.limit else { return nil }
            }
            let batch = RaftLeaseBatch(
                id: state.next,
                request: request.id,
                count: request.items.count,
                origin: origin,
                eventLoop: eventLoop,
                load: load
            ) { [weak self] id in
                _ = self?.state.withLockedValue { $0.batches.removeValue(forKey: id) }
            }
            state.batches[state.next] = batch
            state.next += 1
            return batch
        }
    }

    /// The batch `origin` began under this id.
    func batch(_ id: UInt64, of origin: Caller) -> RaftLeaseBatch? {
        self.state.withLockedValue { state in
            guard let batch = state.batches[id], batch.origin === origin else { return nil }
            return batch
        }
    }
}
