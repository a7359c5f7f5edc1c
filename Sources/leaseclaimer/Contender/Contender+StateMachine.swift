import HoldfastClient

extension Contender {
    /// Takes one event at `now`; what does not fit the state is a driver's error and ends the contender.
    mutating func handle(_ event: ContenderEvent, now: Instant) -> ContenderTurn {
        switch (self.state, event) {
        case (.holding(let tenure), .end): return self.end(tenure)
        case (_, .end): return self.finish(nil)
        case (.new, .begin):
            self.state = .resting(thenWait: false)
            return ContenderTurn(step: .rest(until: self.anchor))
        case (.resting(let thenWait), .woke): return thenWait ? self.wait(now) : self.claim()
        case (.claiming, .answered(let answer, let sent)): return self.claimAnswered(answer, sent, now)
        case (.claiming, .failed(let reason)): return self.claimFailed(reason, nil, now)
        case (.waiting(let since), .waited(let free)): return self.waited(free, since, now)
        case (.waiting, .failed(let reason)):
            self.state = .resting(thenWait: true)
            return ContenderTurn(
                notes: [.failed(.wait, reason: reason)],
                step: .rest(until: now + self.backoff.pause())
            )
        case (.holding(let tenure), .woke): return self.extend(tenure, lastReason: "came too late", now)
        case (.retrying(let tenure, let lastReason), .woke):
            return self.extend(tenure, lastReason: lastReason, now)
        case (.extending(let tenure), .answered(let answer, let sent)):
            return self.extendAnswered(tenure, answer, sent, now)
        case (.extending(let tenure), .failed(let reason)): return self.extendFailed(tenure, reason, nil, now)
        case (.releasing, .answered(let answer, _)) where answer.outcome != .applied:
            return self.finish(nil, [.failed(.revoke, reason: answer.reasonText)])
        case (.releasing, .failed(let reason)): return self.finish(nil, [.failed(.revoke, reason: reason)])
        default: return self.finish(nil)
        }
    }

    // MARK: Claiming

    private mutating func claim(_ notes: [ContenderNote] = []) -> ContenderTurn {
        self.state = .claiming
        return ContenderTurn(notes: notes, step: .claim(timeout: self.plan.attemptTimeout))
    }

    private mutating func claimAnswered(
        _ answer: ContenderAnswer,
        _ sent: Instant,
        _ now: Instant
    ) -> ContenderTurn {
        switch answer.outcome {
        case .applied:
            guard let token = answer.token else { return self.claimFailed("granted without a token", nil, now) }
            let safeUntil = sent + SafeTime.of(self.plan.claimTime * (self.plan.stretch(answer) ?? 1))
            guard now < safeUntil else { return self.claimFailed("granted too late", nil, now) }
            self.backoff.reset()
            self.emptyWaits = 0
            let tenure = Tenure(token: token, safeUntil: safeUntil, due: self.firstDue(after: sent))
            return self.hold(tenure, .granted(token: token, safeUntil: safeUntil))
        case .held:
            return self.wait(now, [.denied])
        case .refused, .never, .unknown:
            return self.claimFailed(answer.reasonText, self.plan.retryAfter(answer), now)
        }
    }

    private mutating func claimFailed(_ reason: String, _ retryAfter: TimeSpan?, _ now: Instant) -> ContenderTurn {
        self.state = .resting(thenWait: false)
        let pause = max(self.backoff.pause(), retryAfter ?? .zero)
        return ContenderTurn(notes: [.failed(.claim, reason: reason)], step: .rest(until: now + pause))
    }

    // MARK: Waiting

    private mutating func wait(_ now: Instant, _ notes: [ContenderNote] = []) -> ContenderTurn {
        self.state = .waiting(since: now)
        return ContenderTurn(notes: notes, step: .wait(timeout: self.plan.waitTimeout))
    }

    private mutating func waited(_ free: Bool, _ since: Instant, _ now: Instant) -> ContenderTurn {
        guard free else { return self.wait(now) }
        // A controller that is behind may see a lease free that a claim finds held: no race round that circle.
        guard now - since < .milliseconds(100) else {
            self.emptyWaits = 0
            self.backoff.reset()
            return self.claim()
        }
        self.emptyWaits += 1
        guard self.emptyWaits > 1 else { return self.claim() }
        self.state = .resting(thenWait: false)
        return ContenderTurn(step: .rest(until: now + self.backoff.pause()))
    }

    // MARK: Holding

    private mutating func hold(_ tenure: Tenure, _ note: ContenderNote) -> ContenderTurn {
        self.state = .holding(tenure)
        return ContenderTurn(notes: [note], step: .rest(until: tenure.due))
    }

    private mutating func extend(_ tenure: Tenure, lastReason: String, _ now: Instant) -> ContenderTurn {
        let left = tenure.safeUntil - now
        guard left > .zero else { return self.lose(lastReason) }
        self.state = .extending(tenure)
        return ContenderTurn(step: .extend(timeout: min(left, self.plan.attemptTimeout)))
    }

    private mutating func extendAnswered(
        _ tenure: Tenure,
        _ answer: ContenderAnswer,
        _ sent: Instant,
        _ now: Instant
    ) -> ContenderTurn {
        switch answer.outcome {
        // Granted or not: what comes after the safe instant comes to somebody who has stopped already.
        case .applied where now >= tenure.safeUntil: return self.lose("extended too late")
        case .applied:
            self.backoff.reset()
            var tenure = tenure
            tenure.token = answer.token ?? tenure.token
            let stretch = self.plan.stretch(answer)
            tenure.safeUntil = max(tenure.safeUntil, sent + SafeTime.of(self.plan.claimTime * (stretch ?? 1)))
            repeat { tenure.due += self.plan.renewTime } while tenure.due <= now
            // Kept on no grid: it lasts only as long as the cluster is overloaded.
            if let stretch { tenure.due = max(tenure.due, sent + self.plan.renewTime * stretch) }
            return self.hold(tenure, .extended(token: tenure.token, safeUntil: tenure.safeUntil))
        case .held: return self.lose("held by another")
        case .never where answer.reason == "not-held": return self.lose("not held")
        case .refused, .never, .unknown:
            return self.extendFailed(tenure, answer.reasonText, self.plan.retryAfter(answer), now)
        }
    }

    private mutating func extendFailed(
        _ tenure: Tenure,
        _ reason: String,
        _ retryAfter: TimeSpan?,
        _ now: Instant
    ) -> ContenderTurn {
        let next = now + max(self.backoff.pause(), retryAfter ?? .zero)
        var notes = [ContenderNote.failed(.extend, reason: reason)]
        if next < tenure.safeUntil { notes.append(.retried) }
        self.state = .retrying(tenure, lastReason: reason)
        // Without time for another attempt only the safe instant is left to wait for: until then it is the holder.
        return ContenderTurn(notes: notes, step: .retry(at: min(next, tenure.safeUntil)))
    }

    private mutating func lose(_ reason: String) -> ContenderTurn {
        self.backoff.reset()
        return self.claim([.extendFailed, .lost(reason: reason)])
    }

    // MARK: Ending

    private mutating func end(_ tenure: Tenure) -> ContenderTurn {
        guard self.plan.revokesAtEnd else { return self.finish(tenure) }
        self.state = .releasing
        // It believes no longer from before the request leaves: afterwards another may hold the lease at any moment.
        return ContenderTurn(notes: [.released], step: .revoke(timeout: self.plan.attemptTimeout))
    }

    private mutating func finish(_ tenure: Tenure?, _ notes: [ContenderNote] = []) -> ContenderTurn {
        self.state = .finished(tenure)
        return ContenderTurn(notes: notes, step: .finished)
    }
}

extension ContenderAnswer {
    /// Why it was neither granted nor denied, in words.
    fileprivate var reasonText: String { self.reason ?? self.outcome.rawValue }
}
