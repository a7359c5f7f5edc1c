import AgentResources
import Leases

extension APITransport {
    /// What waits for the leader's API server and what is on its way there, as a value.
    ///
    /// A batch holds one class only, so that a slow claim holds back no extension. A few batches of each class are on
    /// their way at a time; what comes meanwhile gathers and goes together, and an idle transport adds no delay.
    struct StateMachine: Sendable {
        /// Batches of one class on their way at a time.
        static let window = 4
        /// The same with those some of whose answers are still waited for: each is a request the leader holds open.
        static let openBatches = 128
        /// What a batch holds at most; the bytes as sent stay well below what a message may have.
        static let itemLimit = 1_024
        static let byteLimit = 256 << 10
        /// After a deadline, so that the certain answers given at the deadline itself arrive first.
        static let grace = Duration.milliseconds(100)

        /// A batch to send on a connection.
        struct Send: Sendable {
            var connection: UInt64
            var request: LeaseRequest
            /// Until when an answer is of use.
            var patience: Duration
        }

        /// Answers to fetch that were not known when the first ones came.
        struct Collect: Sendable {
            var connection: UInt64
            var batch: UInt64
            /// What the leader calls it.
            var pending: UInt64
            var patience: Duration
        }

        /// What is to be done, outside of every lock.
        struct Actions: Sendable {
            var replies: [OwedReply] = []
            var sends: [Send] = []
            var collects: [Collect] = []
            /// Another leader is to be connected to.
            var hasNewTarget = false
        }

        private struct Batch: Sendable {
            var batch: SentBatch
            var kind: OperationClass
            var connection: UInt64
            /// No answer has come yet.
            var isFirst = true
            /// It takes a place of its class among those on their way, and among those that are open.
            var holdsPlace = true
            var isOpen = true
            var patience: Duration
        }

        private(set) var target: Leader?
        /// The connection to the target that is logged in.
        private var ready: UInt64?
        /// The newest connection that is logged in and not lost, whoever is the target: he may become it again.
        private var live: (leader: Leader, connection: UInt64)?
        private var pending: PendingSubmissions
        private var batches: [UInt64: Batch] = [:]
        private var underWay = Array(repeating: 0, count: OperationClass.allCases.count)
        private var open = Array(repeating: 0, count: OperationClass.allCases.count)
        private var nextBatch: UInt64 = 1
        private var isStopped = false
        /// What the target said last, and when.
        private var told: (load: OperationLoad, at: Uptime)?
        private var ledger = Ledger()

        init(limits: PendingSubmissions.Limits = .init()) { self.pending = PendingSubmissions(limits: limits) }

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

        var isConnected: Bool { self.ready != nil }

        /// When `passed` may have something to do; never later than that, so that answers need not look for the next.
        private(set) var nextInstant: Uptime?

        // MARK: Submissions

        mutating func carry(_ submissions: [Submission], to leader: Leader, now: Uptime) -> Actions {
            let all = submissions.map { Carried($0, since: now) }
            guard !self.isStopped else {
                return Actions(replies: self.ledger.refused(all, Refusal(.tryAgain), now: now))
            }
            var actions = Actions()
            self.aim(at: leader, now: now, &actions)
            for carried in all {
                let (deadline, inFlight) = (carried.owed.deadline, self.ledger.counts.inFlight)
                self.nextInstant = min(self.nextInstant ?? deadline, deadline)
                let gone = self.pending.append(carried, elsewhere: inFlight)
                if !gone.isEmpty { actions.replies += self.ledger.noRoom(gone, now: now) }
            }
            self.fill(now: now, &actions)
            return actions
        }

        /// Raft knows another leader, or that this controller is it: `nil`.
        mutating func leaderChanged(to leader: Leader?, now: Uptime) -> Actions {
            var actions = Actions()
            guard !self.isStopped else { return actions }
            self.aim(at: leader, now: now, &actions)
            self.fill(now: now, &actions)
            return actions
        }

        /// Those who wait for the last leader are told of this one, and decide; what is on its way to him may still be
        /// answered while his connection is there.
        private mutating func aim(at leader: Leader?, now: Uptime, _ actions: inout Actions) {
            guard self.target != leader else { return }
            self.target = leader
            self.ready = self.live.flatMap { $0.leader == leader ? $0.connection : nil }
            self.told = nil
            // The last one may hang: what he was sent keeps no places of this one's.
            for id in Array(self.batches.keys) {
                self.batches[id]?.holdsPlace = false
                self.batches[id]?.isOpen = false
            }
            for kind in OperationClass.allCases {
                self.underWay[kind.rawValue] = 0
                self.open[kind.rawValue] = 0
            }
            actions.hasNewTarget = true
            actions.replies += self.ledger.refused(
                self.pending.takeAll(),
                leader.map { Refusal(.notLeader, leader: $0) } ?? Refusal(.tryAgain),
                now: now
            )
        }

        /// Sends what waits as far as there are places.
        private mutating func fill(now: Uptime, _ actions: inout Actions) {
            guard let connection = self.ready, let leader = self.target else { return }
            for kind in OperationClass.allCases {
                while self.hasPlace(kind), !self.pending.isEmpty(kind) {
                    let (batch, dropped) = self.pending.take(
                        kind,
                        limit: Self.itemLimit,
                        byteLimit: Self.byteLimit,
                        now: now
                    )
                    if !dropped.isEmpty { actions.replies += self.ledger.neverSent(dropped, now: now) }
                    guard !batch.isEmpty else { continue }
                    let items = batch.map { LeaseRequest.Item($0.request, deadline: $0.owed.deadline, now: now) }
                    let last = batch.lazy.map(\.owed.deadline).max() ?? now
                    let patience = last - now + Self.grace * 2
                    actions.sends.append(
                        Send(
                            connection: connection,
                            request: LeaseRequest(id: self.nextBatch, items: items),
                            patience: patience
                        )
                    )
                    self.batches[self.nextBatch] = Batch(
                        batch: SentBatch(batch, leader: leader.id),
                        kind: kind,
                        connection: connection,
                        patience: patience
                    )
                    self.nextBatch += 1
                    self.underWay[kind.rawValue] += 1
                    self.open[kind.rawValue] += 1
                    self.ledger.sent(batch)
                }
            }
        }

        private func hasPlace(_ kind: OperationClass) -> Bool {
            self.underWay[kind.rawValue] < Self.window && self.open[kind.rawValue] < Self.openBatches
        }

        // MARK: Connections

        /// A connection is logged in; false when it is not wanted any more.
        mutating func connected(_ connection: UInt64, to leader: Leader, now: Uptime) -> (isWanted: Bool, Actions) {
            var actions = Actions()
            guard !self.isStopped, self.target == leader else { return (false, actions) }
            self.ready = connection
            self.live = (leader, connection)
            self.fill(now: now, &actions)
            return (true, actions)
        }

        /// A connection is gone: what was sent on it and has no answer may have been submitted.
        mutating func disconnected(_ connection: UInt64, now: Uptime) -> Actions {
            if self.live?.connection == connection { self.live = nil }
            if self.ready == connection {
                self.ready = nil
                self.ledger.counts.reconnects += 1
            }
            var actions = Actions()
            for (id, batch) in self.batches where batch.connection == connection {
                actions.replies += self.end(id, batch, now: now)
            }
            return actions
        }

        /// The leader cannot be reached: those who wait are told at once, and may look for another way.
        mutating func dialFailed(_ leader: Leader, now: Uptime) -> Actions {
            guard self.target == leader, self.ready == nil else { return Actions() }
            return Actions(
                replies: self.ledger.refused(self.pending.takeAll(), Refusal(.tryAgain), now: now)
            )
        }

        // MARK: Answers

        /// Answers have come; `pending` names what the rest is to be fetched by.
        mutating func answered(_ response: LeaseResponse, pending: UInt64?, now: Uptime) -> Actions {
            var actions = Actions()
            guard var batch = self.batches.removeValue(forKey: response.id) else {
                self.ledger.counts.strayAnswers += 1
                return actions
            }
            // A former leader's load is not the leader's.
            if batch.connection == self.ready { self.told = (response.load, now) }
            for answer in response.answers {
                guard let owed = batch.batch.take(answer.slot) else { continue }
                actions.replies.append(self.ledger.answered(owed, answer.outcome, now: now))
            }
            batch.isFirst = false
            self.release(&batch)
            if batch.batch.missing > 0, let pending {
                actions.collects.append(
                    Collect(
                        connection: batch.connection,
                        batch: response.id,
                        pending: pending,
                        patience: batch.patience
                    )
                )
                self.batches[response.id] = batch
            } else {
                self.close(&batch)
                actions.replies += self.ledger.lost(batch.batch.takeAll(), now: now)
            }
            self.fill(now: now, &actions)
            return actions
        }

        /// A batch ends without answers; with a refusal it was certainly not submitted.
        mutating func failed(_ id: UInt64, _ refusal: Refusal?, now: Uptime) -> Actions {
            var actions = Actions()
            guard var batch = self.batches[id] else { return actions }
            if let refusal, batch.isFirst {
                self.batches[id] = nil
                self.close(&batch)
                actions.replies += self.ledger.turnedBack(batch.batch.takeAll(), refusal, now: now)
            } else {
                actions.replies += self.end(id, batch, now: now)
            }
            self.fill(now: now, &actions)
            return actions
        }

        /// Gives a batch's place to the next.
        private mutating func release(_ batch: inout Batch) {
            guard batch.holdsPlace else { return }
            batch.holdsPlace = false
            self.underWay[batch.kind.rawValue] -= 1
        }

        /// Gives back everything that a batch took, which ends.
        private mutating func close(_ batch: inout Batch) {
            self.release(&batch)
            guard batch.isOpen else { return }
            batch.isOpen = false
            self.open[batch.kind.rawValue] -= 1
        }

        private mutating func end(_ id: UInt64, _ batch: Batch, now: Uptime) -> [OwedReply] {
            var batch = batch
            self.batches[id] = nil
            self.close(&batch)
            return self.ledger.lost(batch.batch.takeAll(), now: now)
        }

        // MARK: Time

        mutating func passed(now: Uptime) -> Actions {
            var actions = Actions()
            actions.replies = self.ledger.neverSent(self.pending.takeLate(now: now), now: now)
            for id in Array(self.batches.keys) {
                // In place, so that its slots are not copied.
                guard let late = self.batches[id]?.batch.takeLate(at: now - Self.grace), !late.isEmpty else { continue }
                actions.replies += self.ledger.unanswered(late, now: now)
            }
            let sent = self.batches.values.compactMap { $0.batch.missing > 0 ? $0.batch.earliestDeadline : nil }.min()
            self.nextInstant = [self.pending.earliestDeadline, sent.map { $0 + Self.grace }].compactMap { $0 }.min()
            return actions
        }

        /// Nothing is carried any more: what was not sent never will be, the rest is for a successor to find out.
        mutating func stop(now: Uptime) -> Actions {
            self.isStopped = true
            self.target = nil
            self.ready = nil
            self.live = nil
            self.told = nil
            var actions = Actions(hasNewTarget: true)
            actions.replies = self.ledger.refused(self.pending.takeAll(), Refusal(.tryAgain), now: now)
            for (id, batch) in self.batches { actions.replies += self.end(id, batch, now: now) }
            return actions
        }
    }
}
