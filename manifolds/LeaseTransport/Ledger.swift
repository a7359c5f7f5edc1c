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
    mutating func answered(_ carried: Carried, _ outcome: SubmissionOutcome, now: Uptime) -> OwedReply {
        self.counts.inFlight -= 1
        switch outcome {
        case .applied: self.note(carried, .success, now: now)
        case .never: self.note(carried, .failure, now: now)
        case .unknown: self.note(carried, .error, now: now)
        }
        return OwedReply(address: carried.submission.address, outcome: outcome)
    }

    /// Sent, and no answer by the deadline.
    mutating func unanswered(_ late: [Carried], now: Uptime) -> [OwedReply] {
        self.counts.inFlight -= late.count
        return late.map { carried in
            self.note(carried, .responseTimeout, now: now)
            return OwedReply(address: carried.submission.address, outcome: .unknown(Refusal(.deadlineExceeded)))
        }
    }

    /// Sent, and no answer will come: asking again with the same id tells.
    mutating func lost(_ lost: [Carried], now: Uptime) -> [OwedReply] {
        self.counts.inFlight -= lost.count
        return lost.map { carried in
            self.note(carried, .error, now: now)
            return OwedReply(address: carried.submission.address, outcome: .unknown(Refusal(.tryAgain)))
        }
    }

    /// Sent, and certainly not submitted there.
    mutating func turnedBack(_ all: [Carried], _ refusal: Refusal, now: Uptime) -> [OwedReply] {
        self.counts.inFlight -= all.count
        return self.refused(all, refusal, now: now)
    }

    /// Never sent, for want of time or because nobody waits for it any more.
    mutating func neverSent(_ all: [Carried], now: Uptime) -> [OwedReply] {
        all.map { carried in
            let isLate = carried.submission.deadline <= now
            self.note(carried, isLate ? .deliveryTimeout : .error, now: now)
            let refusal = Refusal(isLate ? .deadlineExceeded : .abandoned)
            return OwedReply(address: carried.submission.address, outcome: .never(refusal))
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
        all.map { carried in
            self.note(carried, .error, now: now)
            return OwedReply(address: carried.submission.address, outcome: .never(refusal))
        }
    }

    private mutating func note(_ carried: Carried, _ result: LeaseTransportStatistics.Result, now: Uptime) {
        self.counts.ended(.init(carried.submission.request), result, after: now - carried.since)
    }
}
