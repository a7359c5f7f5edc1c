/// What the operation queue asks of the operations themselves.
@usableFromInline package protocol QueuedPayload: Sendable {
    /// Nobody waits for its answer any more.
    var isGone: Bool { get }
    /// Whether both extend the same lease for the same holder, so that one of them will do; hashes may be equal by chance.
    func extendsSame(as other: Self) -> Bool
}

/// Operations on their way to the log: bounded, ordered by class, shed in the order of sacrifice, and gone when their
/// deadline passes.
///
/// A pure value: `now` is always an argument. Claims are refused before extensions, extensions before critical
/// operations, internal ones never: whatever refuses a better class refuses the worse ones too. No operation costs an
/// allocation of its own, and each step no more than the logarithm of what waits.
@usableFromInline package struct OperationQueue<Payload: QueuedPayload>: Sendable {
    /// One operation of a log entry.
    @usableFromInline package struct SealedItem: Sendable {
        @usableFromInline package var payload: Payload
        /// Older extensions of the same lease by the same holder, newest first, that have the same answer.
        @usableFromInline package var riders: [Payload] = []

        @inlinable package init(payload: Payload) { self.payload = payload }
    }

    /// One that is in no log, with the reason.
    @usableFromInline package struct Answered: Sendable {
        @usableFromInline package var payload: Payload
        @usableFromInline package var answer: QueueAnswer

        @inlinable package init(payload: Payload, answer: QueueAnswer) {
            self.payload = payload
            self.answer = answer
        }
    }

    @usableFromInline var machine: AdmissionQueue
    /// By slot.
    @usableFromInline var payloads: ContiguousArray<Payload?> = []
    @usableFromInline var answered: [Answered] = []

    @inlinable package init(bounds: AdmissionQueue.Bounds = .init()) { self.machine = AdmissionQueue(bounds: bounds) }

    @inlinable package var isEmpty: Bool { self.machine.count == 0 }
    @inlinable package var count: Int { self.machine.count }
    /// What waits takes in log entries.
    @inlinable package var bytes: Int { self.machine.bytes }

    /// Takes an operation, or says when to come back. A deadline that has passed is accepted, and answered as expired by
    /// the next `seal` or `expire`.
    @inlinable package mutating func enqueue(_ payload: Payload, _ arrival: Arrival, now: Duration) -> Admission {
        let ticks = AdmissionQueue.ticks(now)
        // Whatever this drops gives its slot back before another takes it.
        self.machine.prepare(now: ticks)
        self.takeDropped()
        if self.machine.shouldPurge(for: arrival, now: ticks) {
            do {
                let payloads = self.payloads
                self.machine.purge(now: ticks) { payloads[Int($0)]?.isGone ?? false }
            }
            self.takeDropped()
        }
        var host: Int32 = -1
        if arrival.class == .extend, arrival.lease != 0 {
            host = self.machine.queuedExtension(of: arrival.lease)
            if host >= 0, self.payloads[Int(host)].map({ payload.extendsSame(as: $0) }) != true { host = -1 }
        }
        switch self.machine.admit(arrival, joining: host, now: ticks) {
        case .accepted(let slot):
            if Int(slot) == self.payloads.count {
                self.payloads.append(payload)
            } else {
                self.payloads[Int(slot)] = payload
            }
            return .accepted
        case .refused(_, let milliseconds):
            return .refused(retryAfterMilliseconds: milliseconds)
        }
    }

    /// Takes out what goes into one log entry now, best class first: at most `limit` operations and `byteLimit` bytes, but
    /// always one when something waits, and every read beside them, last. To be called when nothing is in flight.
    @inlinable package mutating func seal(limit: Int, byteLimit: Int, now: Duration) -> [SealedItem] {
        var items: [SealedItem] = []
        self.seal(limit: limit, byteLimit: byteLimit, now: now) { payload, riders in
            var item = SealedItem(payload: payload)
            item.riders = riders
            items.append(item)
        }
        return items
    }

    /// The same, handed over one by one with the older extensions it stands for.
    @inlinable package mutating func seal(
        limit: Int,
        byteLimit: Int,
        now: Duration,
        _ body: (consuming Payload, _ riders: [Payload]) -> Void
    ) {
        do {
            let payloads = self.payloads
            self.machine.seal(limit: limit, byteLimit: byteLimit, now: AdmissionQueue.ticks(now)) {
                payloads[Int($0)]?.isGone ?? false
            }
        }
        self.takeDropped()
        var place = 0
        while place < self.machine.sealed.count {
            let lead = self.payloads[Int(self.machine.sealed[place])].take()
            place += 1
            var riders: [Payload] = []
            while place < self.machine.sealed.count, self.machine.sealed[place] < 0 {
                if let rider = self.payloads[Int(~self.machine.sealed[place])].take() { riders.append(rider) }
                place += 1
            }
            if let lead { body(lead, riders) }
        }
    }

    /// Answers everything whose deadline is `now` or earlier.
    @inlinable package mutating func expire(now: Duration) {
        self.machine.expire(now: AdmissionQueue.ticks(now))
        self.takeDropped()
    }

    /// What has left unsealed since this was last asked, to be answered; to be asked after every call.
    @inlinable package mutating func takeAnswered() -> [Answered] {
        guard !self.answered.isEmpty else { return [] }
        defer { self.answered = [] }
        return self.answered
    }

    /// Empties the queue, best class first, and forgets whatever overload there was.
    @inlinable package mutating func removeAll() -> [Payload] {
        self.machine.removeAll()
        var payloads: [Payload] = []
        payloads.reserveCapacity(self.machine.dropped.count)
        for dropped in self.machine.dropped {
            if let payload = self.payloads[Int(dropped.slot)].take() { payloads.append(payload) }
        }
        self.machine.dropped.removeAll()
        return payloads
    }

    @inlinable mutating func takeDropped() {
        guard !self.machine.dropped.isEmpty else { return }
        for dropped in self.machine.dropped {
            if let payload = self.payloads[Int(dropped.slot)].take() {
                self.answered.append(Answered(payload: payload, answer: dropped.answer))
            }
        }
        self.machine.dropped.removeAll(keepingCapacity: true)
    }
}

extension OperationQueue {
    /// No later than the earliest deadline of what waits.
    package var nextDeadline: Duration? {
        self.machine.count == 0 ? nil : Duration(ticks: self.machine.earliestDue)
    }

    /// By how much the entry just sealed is to lengthen extensions, in percent; 100 is not at all.
    package var stretchPercent: Int { self.machine.pressure.stretchPercent }

    /// What can be taken just now: when claims may come again, below which level extensions are taken, and the stretch.
    package func load(
        now: Duration
    ) -> (claimRetryAfterMilliseconds: UInt32?, extendLevel: UInt8, stretchPercent: UInt16) {
        self.machine.load(now: now.ticks)
    }

    /// Leases are given up, or were a little while ago: which they are depends on when they end.
    package var hasGivenUpLeases: Bool { self.machine.pressure.hasGivenUp }

    /// What was done so far and what waits.
    package var statistics: OperationStatistics {
        var statistics = self.machine.counters
        statistics.cycleSeconds = self.machine.pace.cycle.tickSeconds
        return statistics
    }
}
