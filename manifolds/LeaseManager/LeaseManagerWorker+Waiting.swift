import AgentResources
import Leases
import NIOConcurrencyHelpers

extension LeaseManagerWorker {
    /// Keys looked up while Raft may have to wait, so that it does not wait long.
    private static let keysARead = 512

    func whenFree(
        _ key: LeaseKey,
        timeout: Duration?,
        caller: Caller?,
        _ reply: @escaping @Sendable (Result<Bool, LeaseServiceError>) -> Void
    ) {
        self.wait(for: key, timeout: timeout, caller: caller, reply)
    }

    func waitUntilFree(_ key: LeaseKey, timeout: Duration?) async throws -> Bool {
        try Task.checkCancellation()
        let waiter = NIOLockedValueBox<WaitQueue.ID?>(nil)
        do {
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    let id = self.wait(for: key, timeout: timeout, caller: nil) { continuation.resume(with: $0) }
                    waiter.withLockedValue { $0 = id }
                    // A cancellation before this found nobody to take out.
                    if Task.isCancelled, let id { self.waiters.cancel(id) }
                }
            } onCancel: {
                if let id = waiter.withLockedValue({ $0 }) { self.waiters.cancel(id) }
            }
        } catch {
            try Task.checkCancellation()
            throw error
        }
    }

    @discardableResult
    private func wait(
        for key: LeaseKey,
        timeout: Duration?,
        caller: Caller?,
        _ reply: @escaping WaitQueue.Reply
    ) -> WaitQueue.ID? {
        // Registered first and looked up second: whatever happens between the two is seen by one of them.
        let deadline = timeout.map { self.now + max($0, .zero) }
        guard let id = self.waiters.add(key, deadline: deadline, caller: caller, reply) else { return nil }
        // Held is as good as an event that is still to come. A replica that lags may call a held lease free, so free is
        // asked of the leader.
        if let raft = self.view.current, raft.read({ $0.lease(key) != nil }) { return id }
        self.waiters.noteUnasked(key)
        self.askWhetherFree(key)
        return id
    }

    /// Asks the leader for a lease that somebody waits for; one question serves all who wait, for this lease or another.
    func askWhetherFree(_ key: LeaseKey) {
        guard self.view.current != nil, let age = self.waiters.beginAsking(key) else { return }
        self.whenCurrent(deadline: self.now + Self.longestTimeout) { result in
            switch result {
            case .success(let raft):
                let isFree = raft.read { $0.lease(key) == nil }
                self.waiters.note(free: isFree ? [key] : [], held: isFree ? [] : [key], upTo: age)
            case .failure:
                // Asked again with the next sweep.
                self.waiters.noteUnasked(key)
            }
            let isAskedAgain = self.waiters.endAsking(key)
            if isAskedAgain, case .success = result { self.askWhetherFree(key) }
        }
    }

    /// Follows changes of holder as this replica sees them: for those who watch and those who wait.
    func followEvents(of raft: any Proposals) async {
        // Subscribed before the first look, so that nothing falls between.
        let events = raft.events()
        self.recheck(self.waiters.keys, in: raft)
        for await entry in events {
            self.watchers.receive(entry)
            // An event may be older than the wait: looked up once more, in case somebody has the lease again.
            self.recheck(
                entry.gap ? self.waiters.keys : self.waiters.awaited(of: Set(entry.events.map(\.key))),
                in: raft
            )
        }
    }

    /// Wakes those who wait for any of `keys` that is free on this replica.
    func recheck(_ keys: [LeaseKey], in raft: any Proposals) {
        self.lookUp(keys, in: raft) { self.waiters.note(free: $0, held: $1) }
    }

    /// The next wave for those of `keys` that are free still.
    func lookUpWaves(_ keys: [LeaseKey]) {
        // Without Raft they wait for it to come back, when all are looked up.
        guard let raft = self.view.current else { return self.waiters.wave(free: [], held: keys) }
        self.lookUp(keys, in: raft) { self.waiters.wave(free: $0, held: $1) }
    }

    private func lookUp(_ keys: [LeaseKey], in raft: any Proposals, _ seen: ([LeaseKey], [LeaseKey]) -> Void) {
        var rest = keys[...]
        while !rest.isEmpty {
            let part = rest.prefix(Self.keysARead)
            rest = rest.dropFirst(part.count)
            var free: [LeaseKey] = []
            var held: [LeaseKey] = []
            raft.read { state in
                for key in part {
                    if state.lease(key) == nil { free.append(key) } else { held.append(key) }
                }
            }
            seen(free, held)
        }
    }
}
