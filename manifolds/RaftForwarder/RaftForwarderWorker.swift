import AgentResources
import DependencyEngine
import Hub
import Leases
import Logging

/// Submits the requests of other controllers and sends the answers back to where they came from.
///
/// Everything is bounded: requests waiting in the hub, operations under way, and how long each may take. What is over a
/// bound or too late is answered so, never silently dropped here.
struct RaftForwarderWorker: Worker {
    /// Operations of other controllers under way at once; above, requests are refused as overload.
    static let outstandingLimit = 65_536
    /// A request waits at most this long, whatever it asks for.
    static let longestDeadline = Duration.seconds(60)
    /// When to come back after too many operations were under way.
    static let retryAfterMilliseconds: UInt64 = 500

    let raft: any Proposals
    let hub: Hub
    let operations: any Operations
    let clock: any UptimeClock
    let outstanding: OutstandingRequests

    init(
        raft: any Proposals,
        hub: Hub,
        operations: any Operations,
        clock: any UptimeClock,
        outstandingLimit: Int = Self.outstandingLimit
    ) {
        self.raft = raft
        self.hub = hub
        self.operations = operations
        self.clock = clock
        self.outstanding = OutstandingRequests(limit: outstandingLimit)
    }

    func run(_ context: WorkerContext) async throws {
        let requests = self.hub.subscribe(
            to: .leaseRequest,
            name: context.manifold,
            limits: QueueLimits(messages: 8_192, bytes: 32 << 20)
        )
        try await context.untilStopped {
            while case let batch = await requests.nextBatch(), !batch.isEmpty {
                for message in batch { self.carry(message) }
            }
        }
        // Not the leader any more: those who still wait are told at once instead of left to their deadlines. What was
        // submitted before is answered by the operation hub or by Raft, and its answers still go out.
        requests.unsubscribe()
        let refusal = Refusal(.notLeader, leader: self.raft.status.leader)
        while case let rest = await requests.nextBatch(), !rest.isEmpty {
            for message in rest { self.refuse(message, with: refusal) }
        }
    }

    private func carry(_ message: HubMessage<LeaseRequest>) {
        let request = message.payload
        let id = OutstandingRequests.ID(origin: message.origin, request: request.id)
        guard !request.isRepeat else { return self.answerAgain(id) }
        guard !request.items.isEmpty else { return }
        switch self.outstanding.begin(id, count: request.items.count) {
        case .begun: break
        case .alreadyKnown: return self.answerAgain(id)
        case .tooMany:
            return self.refuse(
                message,
                with: Refusal(.overloaded, retryAfterMilliseconds: Self.retryAfterMilliseconds)
            )
        }
        let now = self.clock.now
        let answers = RequestAnswers { self.answer(id, $0) }
        var late: [SlotAnswer] = []
        var submissions: [Submission] = []
        submissions.reserveCapacity(request.items.count)
        for (slot, item) in request.items.enumerated() {
            guard item.remainingMilliseconds > 0 else {
                late.append(SlotAnswer(slot: slot, outcome: .never(Refusal(.deadlineExceeded))))
                continue
            }
            let remaining = min(.milliseconds(Int64(item.remainingMilliseconds)), Self.longestDeadline)
            submissions.append(
                Submission(
                    request: item.request,
                    deadline: now + remaining,
                    address: ReplyAddress(answers, slot: slot)
                )
            )
        }
        self.answer(id, late)
        self.operations.submit(submissions, orderedBy: self.raft, now: now)
        let early = self.outstanding.early(id)
        if !early.isEmpty { self.send(early, to: id) }
    }

    private func answer(_ id: OutstandingRequests.ID, _ answers: [SlotAnswer]) {
        guard let told = self.outstanding.answer(id, answers) else { return }
        self.send(told, to: id)
    }

    /// Answers a repeat: a request under way gets its answer when there is one, others what they were told.
    private func answerAgain(_ id: OutstandingRequests.ID) {
        switch self.outstanding.knowledge(of: id) {
        case .underWay: break
        case .answered(let answers): self.send(answers, to: id)
        case .nothing: self.send([], to: id)
        }
    }

    private func refuse(_ message: HubMessage<LeaseRequest>, with refusal: Refusal) {
        let id = OutstandingRequests.ID(origin: message.origin, request: message.payload.id)
        guard !message.payload.isRepeat else { return self.answerAgain(id) }
        let answers = (0..<message.payload.items.count).map {
            LeaseResponse.Answer(slot: $0, outcome: .never(refusal))
        }
        self.outstanding.refused(id, with: answers)
        self.send(answers, to: id)
    }

    private func send(_ answers: [LeaseResponse.Answer], to id: OutstandingRequests.ID) {
        self.hub.publish(
            LeaseResponse(id: id.request, answers: answers, load: self.operations.load),
            on: .leaseCallback(of: id.origin),
            to: id.origin
        )
    }
}

/// What takes the answers to one request.
private final class RequestAnswers: AnswerTaker {
    private let answered: @Sendable ([SlotAnswer]) -> Void

    init(_ answered: @escaping @Sendable ([SlotAnswer]) -> Void) { self.answered = answered }

    /// A controller waits as long as it runs, and what it does not want any more comes to its deadline.
    var isGone: Bool { false }

    func take(_ answers: [SlotAnswer]) { self.answered(answers) }
}
