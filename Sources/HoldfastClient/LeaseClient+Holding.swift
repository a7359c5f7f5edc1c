extension LeaseClient {
    /// Waits for a lease, runs `body` while holding it, and gives it up.
    ///
    /// The lease is renewed at half its duration. When it cannot be renewed in time, or is somebody else's, `body` is
    /// cancelled `grace` before its time is over, at once in the second case; a body that does not end then acts without
    /// the lease's protection, and only the token keeps it from doing harm.
    /// - Parameters:
    ///   - waiting: how long to wait while somebody else holds it; `nil` for as long as it takes, zero not at all.
    ///   - grace: how much time a cancelled body has; by default a tenth of the duration, at most 5 s.
    /// - Throws: what `body` throws; `LeaseClientError` with code `leaseHeld` or `timedOut` when the lease was not
    ///   granted in time, `leaseLost` when it was lost while `body` ran.
    public func withLease<Value: Sendable>(
        _ lease: Lease,
        holder: String,
        for duration: Duration = .seconds(30),
        waiting: Duration? = nil,
        grace: Duration? = nil,
        _ body: @escaping @Sendable (HeldLease) async throws -> Value
    ) async throws -> Value {
        let terms = HoldingTerms(duration: duration, grace: grace)
        return try await self.withLease(lease, holder: holder, terms: terms, waiting: waiting, body)
    }

    /// As above, with terms of every kind.
    func withLease<Value: Sendable>(
        _ lease: Lease,
        holder: String,
        terms: HoldingTerms,
        waiting: Duration?,
        _ body: @escaping @Sendable (HeldLease) async throws -> Value
    ) async throws -> Value {
        let held = try await self.acquire(lease, holder: holder, terms: terms, waiting: waiting)
        let (outcome, lost) = await self.run(holding: held, terms: terms, body)
        if let lost {
            throw LeaseClientError(.leaseLost, "the lease \(lease) was lost: \(lost)")
        }
        // Also when this task is cancelled: others wait for the lease.
        let release = Task {
            _ = try? await self.revoke(lease, holder: holder, timeout: .seconds(2))
        }
        await release.value
        return try outcome.get()
    }

    // MARK: Getting it

    private func acquire(
        _ lease: Lease,
        holder: String,
        terms: HoldingTerms,
        waiting: Duration?
    ) async throws -> HeldLease {
        let deadline = waiting.map { ContinuousClock.now + $0 }
        var backoff = Backoff()
        while true {
            let failure: LeaseClientError
            var pause = backoff.pause()
            do {
                let result = try await self.claim(lease, holder: holder, for: terms.duration)
                switch result.outcome {
                case .applied:
                    guard let token = result.token else {
                        throw LeaseClientError.unknownReply("a grant without a token")
                    }
                    if let safeUntil = result.safeUntil, safeUntil - terms.grace > .now {
                        return HeldLease(lease: lease, holder: holder, token: token, safeUntil: safeUntil)
                    }
                    // It took so long that little or nothing of the grant is left: claim again, maybe as its holder now.
                    failure = Self.notGranted(lease, result)
                case .held:
                    let rest = deadline.map { $0 - .now }
                    guard rest ?? .seconds(1) > .zero else { throw Self.notGranted(lease, result) }
                    if try await self.wait(lease, timeout: rest) { continue }
                    throw Self.notGranted(lease, result)
                case .refused, .never, .unknown:
                    failure = Self.notGranted(lease, result)
                    pause = max(result.retryAfter ?? .zero, pause)
                }
            } catch let error as LeaseClientError where error.isTransient {
                failure = error
            }
            if let deadline, ContinuousClock.now + pause > deadline { throw failure }
            try await Task.sleep(for: pause, clock: .continuous)
        }
    }

    private static func notGranted(_ lease: Lease, _ result: LeaseResult) -> LeaseClientError {
        if result.outcome == .held {
            return LeaseClientError(.leaseHeld, "the lease \(lease) is held by \(result.holder ?? "another")")
        }
        let reason = result.reason ?? "no answer"
        return LeaseClientError(.timedOut, "the lease \(lease) was not granted in time (\(reason))")
    }

    // MARK: Keeping it

    private enum Event<Value: Sendable>: Sendable {
        case body(Result<Value, any Error>)
        case lost(String)
        case ended
    }

    /// Runs `body` beside what renews the lease and what watches the clock; returns when all have ended.
    private func run<Value: Sendable>(
        holding held: HeldLease,
        terms: HoldingTerms,
        _ body: @escaping @Sendable (HeldLease) async throws -> Value
    ) async -> (outcome: Result<Value, any Error>, lost: String?) {
        await withTaskGroup(of: Event<Value>.self) { group in
            group.addTask {
                do {
                    return .body(.success(try await body(held)))
                } catch {
                    return .body(.failure(error))
                }
            }
            group.addTask { await self.renew(held, terms: terms).map(Event.lost) ?? .ended }
            group.addTask {
                await Self.watch(held, grace: terms.grace) ? .lost("it could not be renewed in time") : .ended
            }
            var outcome: Result<Value, any Error> = .failure(CancellationError())
            var hasEnded = false
            var lost: String?
            for await event in group {
                switch event {
                case .body(let result):
                    outcome = result
                    hasEnded = true
                    group.cancelAll()
                case .lost(let reason) where !hasEnded && lost == nil:
                    lost = reason
                    held.lose()
                    group.cancelAll()
                case .lost, .ended: break
                }
            }
            return (outcome, lost)
        }
    }

    /// True when the time is over, false when cancelled first.
    private static func watch(_ held: HeldLease, grace: Duration) async -> Bool {
        while !Task.isCancelled {
            let end = held.safeUntil - grace
            if end <= .now { return true }
            try? await Task.sleep(until: end, clock: .continuous)
        }
        return false
    }

    /// Renews until cancelled; returns why when the lease is somebody else's.
    private func renew(_ held: HeldLease, terms: HoldingTerms) async -> String? {
        // A claim may have been held up: what counts is when the grant ends.
        var next = terms.renewal(ofGrantSafeUntil: held.safeUntil)
        var backoff = Backoff(cap: terms.duration / 16)
        while true {
            do {
                try await Task.sleep(until: next, clock: .continuous)
                // One attempt may not use up the time of those after it.
                let timeout = max(min(terms.duration / 4, held.safeUntil - terms.grace - .now), .milliseconds(50))
                let result = try await self.extend(
                    held.lease,
                    holder: held.holder,
                    for: terms.duration,
                    timeout: timeout
                )
                switch result.outcome {
                case .applied:
                    guard result.token == held.token else { return "it was lost and granted anew" }
                    guard let safeUntil = result.safeUntil else {
                        // A remembered answer without time left: the next one tells whether it is held still.
                        next = .now + backoff.pause()
                        continue
                    }
                    held.renewed(safeUntil: safeUntil)
                    next = terms.renewal(ofGrantSafeUntil: safeUntil, wished: result.renewalWished)
                    backoff = Backoff(cap: terms.duration / 16)
                case .held: return "\(result.holder ?? "another") holds it now"
                case .never where result.reason == "not-held": return "it is not held any more"
                // Also while an operator's revoke waits (`revoking`): what was promised is kept until its safe instant.
                case .never, .refused, .unknown:
                    next = terms.retry(
                        at: .now,
                        pause: backoff.pause(),
                        retryAfter: result.retryAfter,
                        safeUntil: held.safeUntil
                    )
                }
            } catch {
                if Task.isCancelled { return nil }
                next = .now + backoff.pause()
            }
        }
    }
}

extension LeaseResult {
    /// When the controllers would have the lease renewed.
    fileprivate var renewalWished: ContinuousClock.Instant? {
        guard let created = self.operation.created, let nextRenewal = self.nextRenewal else { return nil }
        return created + nextRenewal
    }
}
