import AgentResources
import Leases

extension LeaseManagerWorker {
    /// Keys looked up in one visit to Raft's thread, so that none of them takes long.
    private static let keysARead = 512

    func whenFree(
        _ key: LeaseKey,
        timeout: Duration?,
        caller: Caller?,
        _ reply: @escaping @Sendable (Result<Bool, LeaseServiceError>) -> Void
    ) {
        Task {
            do {
                reply(.success(try await self.waitUntilFree(key, timeout: timeout)))
            } catch {
                reply(.failure(error as? LeaseServiceError ?? LeaseServiceError(Refusal(.tryAgain))))
            }
        }
    }

    func watch(_ query: WatchQuery, timeout: Duration) async throws -> WatchAnswer {
        throw LeaseServiceError(Refusal(.tryAgain))
    }

    var statistics: LeaseStatistics { LeaseStatistics() }

    func waitUntilFree(_ key: LeaseKey, timeout: Duration?) async throws -> Bool {
        try Task.checkCancellation()
        let deadline = timeout.map { self.now + max($0, .zero) }
        // Registered first and looked up second: whatever happens between the two is seen by one of them.
        let waiter = self.waiters.add(key)
        let timer = deadline.map { self.timers.schedule(at: $0) { waiter.end.fulfil(.timedOut) } }
        // Beside the wait, so that an event or the timeout need not wait for the look to end; cancelled with it.
        async let _: Void = self.lookUp(waiter, deadline: deadline)
        let end = await waiter.end.value(cancelled: .cancelled)
        self.waiters.remove(waiter)
        if let timer { self.timers.cancel(timer) }
        switch end {
        case .free: return true
        case .timedOut where self.isStopped, .stopped: throw LeaseServiceError(Refusal(.stopping))
        case .timedOut: return false
        case .cancelled: throw CancellationError()
        }
    }

    /// Ends the wait if the lease is free already. A replica that lags may call a held lease free, so free is asked of
    /// the leader; held is as good as an event that is still to come.
    ///
    /// Asked until there is an answer: a leader that is away for longer than one question must not be the end of it.
    private func lookUp(_ waiter: LeaseWaiters.Waiter, deadline: Uptime?) async {
        let key = waiter.key
        var backOff = BackOff()
        while !Task.isCancelled, !self.isStopped, deadline.map({ self.now < $0 }) ?? true {
            let generation = self.view.generation
            if let raft = self.view.current {
                guard raft.read({ $0.lease(key) == nil }) else { return }
                let timeout = deadline.map { $0 - self.now } ?? Self.longestTimeout
                if let records = try? await self.check([key], timeout: timeout) {
                    if records == [nil] { waiter.end.fulfil(.free) }
                    return
                }
            }
            let pause = self.now + backOff.next()
            await self.view.wait(since: generation, until: deadline.map { min($0, pause) } ?? pause)
        }
    }

    /// Wakes waiters as this replica sees leases end.
    func followEvents(of raft: any Proposals) async {
        // Subscribed before the first look, so that nothing falls between.
        let events = raft.events()
        await self.recheck(self.waiters.keys, in: raft)
        for await entry in events {
            if entry.gap {
                await self.recheck(self.waiters.keys, in: raft)
                continue
            }
            var ended: Set<LeaseKey> = []
            for event in entry.events {
                switch event {
                case .expired(let key, _, _), .revoked(let key, _, _): ended.insert(key)
                case .claimed: break
                }
            }
            // The event may be older than the wait: looked up once more, in case somebody has it again.
            if !ended.isEmpty { await self.recheck(self.waiters.awaited(of: ended), in: raft) }
        }
    }

    /// Wakes those who wait for any of `keys` that is free on this replica.
    func recheck(_ keys: [LeaseKey], in raft: any Proposals) async {
        var rest = keys[...]
        while !rest.isEmpty, !Task.isCancelled {
            let part = Array(rest.prefix(Self.keysARead))
            rest = rest.dropFirst(part.count)
            self.waiters.wake(raft.read { state in part.filter { state.lease($0) == nil } })
        }
    }
}
