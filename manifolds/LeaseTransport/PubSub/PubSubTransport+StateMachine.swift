import AgentResources
import Leases

extension PubSubTransport {
    /// What is on its way by the hub, as a value: what to send, what to ask for again, what to answer.
    ///
    /// The hub loses messages without a word, so each request's answer is asked for again, ever more slowly, until it
    /// comes or is known to be lost. A repeat is never carried out, so an answer tells of everything that was sent
    /// under its id.
    struct StateMachine: Sendable {
        /// How long an answer may take before it is asked for again, at first and at most.
        static let firstRepeat = Duration.milliseconds(150)
        static let slowestRepeat = Duration.seconds(1)
        /// After a deadline, so that the certain answers given at the deadline itself arrive first.
        static let grace = Duration.milliseconds(100)
        /// Operations a message carries.
        static let itemLimit = 256

        private struct Request: Sendable {
            var batch: SentBatch
            var askAt: Uptime
            var pause: Duration
        }

        /// A message to publish for one controller.
        struct Message: Sendable {
            var request: LeaseRequest
            var leader: UInt64
        }

        private var pending: PendingSubmissions
        /// Whom the pending ones are for.
        private var target: UInt64?
        private var requests: [UInt64: Request] = [:]
        private var nextID: UInt64
        private var isStopped = false
        /// What the target said last, and when.
        private var told: (load: OperationLoad, at: Uptime)?
        private var ledger = Ledger()

        /// - Parameter firstID: random, so that answers to an earlier life of this controller match nothing.
        init(firstID: UInt64, limits: PendingSubmissions.Limits = .init()) {
            self.nextID = firstID
            self.pending = PendingSubmissions(limits: limits)
        }

        var statistics: LeaseTransportStatistics {
            var counts = self.ledger.counts
            counts.queued = self.pending.count
            return counts
        }

        /// What the leader can take; nothing is known without a recent answer of his own.
        func load(now: Uptime) -> OperationLoad {
            guard let told = self.told, now - told.at < LeaseTransportLoad.validity else { return OperationLoad() }
            return told.load
        }

        /// When `passed` has something to do.
        var nextInstant: Uptime? {
            self.requests.values.map { min($0.askAt, $0.batch.earliestDeadline + Self.grace) }.min()
        }

        /// Takes submissions; true when they wait for a turn that is not under way yet.
        mutating func carry(_ submissions: [Submission], to leader: Leader, now: Uptime) -> ([OwedReply], Bool) {
            let all = submissions.map { Carried($0, since: now) }
            guard !self.isStopped else { return (self.ledger.refused(all, Refusal(.tryAgain), now: now), false) }
            var replies: [OwedReply] = []
            if self.target != leader.id {
                // Those who wait for the last leader are told of this one, and decide.
                replies += self.ledger.refused(self.pending.takeAll(), Refusal(.notLeader, leader: leader), now: now)
                self.target = leader.id
                self.told = nil
            }
            let wasEmpty = self.pending.isEmpty
            for carried in all {
                replies += self.ledger.noRoom(
                    self.pending.append(carried, elsewhere: self.ledger.counts.inFlight),
                    now: now
                )
            }
            return (replies, wasEmpty && !self.pending.isEmpty)
        }

        /// Makes messages of all that waits: the submissions of one turn go together.
        mutating func flush(now: Uptime) -> ([Message], [OwedReply]) {
            guard let leader = self.target else { return ([], []) }
            var messages: [Message] = []
            var replies: [OwedReply] = []
            for kind in OperationClass.allCases {
                while !self.pending.isEmpty(kind) {
                    let (batch, late) = self.pending.take(
                        kind,
                        limit: Self.itemLimit,
                        byteLimit: .max,
                        now: now
                    )
                    replies += self.ledger.neverSent(late, now: now)
                    guard !batch.isEmpty else { continue }
                    let items = batch.map { LeaseRequest.Item($0.request, deadline: $0.owed.deadline, now: now) }
                    messages.append(Message(request: LeaseRequest(id: self.nextID, items: items), leader: leader))
                    self.requests[self.nextID] = Request(
                        batch: SentBatch(batch, leader: leader),
                        askAt: now + Self.firstRepeat,
                        pause: Self.firstRepeat
                    )
                    self.nextID &+= 1
                    self.ledger.sent(batch)
                }
            }
            return (messages, replies)
        }

        /// An answer has come from `origin`.
        mutating func receive(_ response: LeaseResponse, from origin: UInt64, now: Uptime) -> [OwedReply] {
            // Only the controller that was asked can know.
            guard self.requests[response.id]?.batch.leader == origin,
                var request = self.requests.removeValue(forKey: response.id)
            else {
                self.ledger.counts.strayAnswers += 1
                return []
            }
            if origin == self.target { self.told = (response.load, now) }
            guard !response.answers.isEmpty else {
                // The leader does not know it: it was lost, or who knew it has stopped. No answer will come.
                return self.ledger.lost(request.batch.takeAll(), now: now)
            }
            var replies: [OwedReply] = []
            for answer in response.answers {
                guard let owed = request.batch.take(answer.slot) else { continue }
                replies.append(self.ledger.answered(owed, answer.outcome, now: now))
            }
            if request.batch.missing > 0 { self.requests[response.id] = request }
            return replies
        }

        /// Requests to anyone but `leader` are lost: their answers may never come.
        mutating func leaderChanged(to leader: UInt64?, now: Uptime) -> [OwedReply] {
            var replies: [OwedReply] = []
            for (id, request) in self.requests where request.batch.leader != leader {
                var batch = request.batch
                self.requests[id] = nil
                replies += self.ledger.lost(batch.takeAll(), now: now)
            }
            return replies
        }

        /// Time has passed: answers to ask for again, and deadlines.
        mutating func passed(now: Uptime) -> ([Message], [OwedReply]) {
            var messages: [Message] = []
            var replies: [OwedReply] = []
            for id in Array(self.requests.keys) {
                guard var request = self.requests.removeValue(forKey: id) else { continue }
                let late = request.batch.takeLate(at: now - Self.grace)
                replies += self.ledger.unanswered(late, now: now)
                guard request.batch.missing > 0 else { continue }
                if request.askAt <= now {
                    messages.append(
                        Message(
                            request: LeaseRequest(id: id, isRepeat: true, items: []),
                            leader: request.batch.leader
                        )
                    )
                    request.pause = min(request.pause * 2, Self.slowestRepeat)
                    request.askAt = now + request.pause
                    self.ledger.counts.repeats += 1
                }
                self.requests[id] = request
            }
            return (messages, replies)
        }

        /// Nothing is carried any more: what was not sent never will be, the rest is for a successor to find out.
        mutating func stop(now: Uptime) -> [OwedReply] {
            self.isStopped = true
            return self.ledger.refused(self.pending.takeAll(), Refusal(.tryAgain), now: now)
                + self.leaderChanged(to: nil, now: now)
        }
    }
}
