import AgentResources

/// How submissions end and what is counted of it, the same for every transport.
struct Ledger: Sendable {
    /// When to come back after there was no room here.
    static let retryAfterMilliseconds: UInt64 = 500

    /// What was counted; `inFlight` is kept here, `queued` is not.
    var counts = LeaseTransportStatistics()

    /// A request with these has gone out.
    mutating func sent(_ batch: [Carried]) {
        self.counts.requests += 1
        self.counts.sentOperations += UInt64(batch.count)
        self.counts.inFlight += batch.count
    }

    /// The leader's answer to one that was sent.
    mutating func answered(_ owed: Owed, _ outcome: SubmissionOutcome, now: Uptime) -> OwedReply {
        self.counts.inFlight -= 1
        switch outcome {
        case .applied: self.note(owed, .success, now: now)
        case .never: self.note(owed, .failure, now: now)
        case .unknown: self.note(owed, .error, now: now)
        }
        return OwedReply(address: owed.address, outcome: outcome)
    }

    /// Sent, and no answer by the deadline.
    mutating func unanswered(_ late: [Owed], now: Uptime) -> [OwedReply] {
        self.counts.inFlight -= late.count
        return late.map { owed in
            self.note(owed, .responseTimeout, now: now)
            return OwedReply(address: owed.address, outcome: .unknown(Refusal(.deadlineExceeded)))
        }
    }

    /// Sent, and no answer will come: asking again with the same id tells.
    mutating func lost(_ lost: [Owed], now: Uptime) -> [OwedReply] {
        self.counts.inFlight -= lost.count
        return lost.map { owed in
            self.note(owed, .error, now: now)
            return OwedReply(address: owed.address, outcome: .unknown(Refusal(.tryAgain)))
        }
    }

    /// Sent, and certainly not submitted there.
    mutating func turnedBack(_ all: [Owed], _ refusal: Refusal, now: Uptime) -> [OwedReply] {
        self.counts.inFlight -= all.count
        return all.map { self.refused($0, refusal, now: now) }
    }

    /// Never sent, for want of time or because nobody waits for it any more.
    mutating func neverSent(_ all: [Carried], now: Uptime) -> [OwedReply] {
        all.map { carried in
            let isLate = carried.owed.deadline <= now
            self.note(carried.owed, isLate ? .deliveryTimeout : .error, now: now)
            let refusal = Refusal(isLate ? .deadlineExceeded : .abandoned)
            return OwedReply(address: carried.owed.address, outcome: .never(refusal))
        }
    }

    /// Never sent, for want of room.
    mutating func noRoom(_ all: [Carried], now: Uptime) -> [OwedReply] {
        self.counts.dropped += UInt64(all.count)
        return self.refused(
            all,
            Refusal(.overloaded, retryAfterMilliseconds: Self.retryAfterMilliseconds),
            now: now
        )
    }

    /// Never sent.
    mutating func refused(_ all: [Carried], _ refusal: Refusal, now: Uptime) -> [OwedReply] {
        all.map { self.refused($0.owed, refusal, now: now) }
    }

    private mutating func refused(_ owed: Owed, _ refusal: Refusal, now: Uptime) -> OwedReply {
        self.note(owed, .error, now: now)
        return OwedReply(address: owed.address, outcome: .never(refusal))
    }

    private mutating func note(_ owed: Owed, _ result: LeaseTransportStatistics.Result, now: Uptime) {
        self.counts.ended(owed.kind, result, after: now - owed.since)
    }
}
