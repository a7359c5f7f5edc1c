import Leases
import NIOConcurrencyHelpers

/// Those who wait for leases to be free. Thread-safe.
final class LeaseWaiters: Sendable {
    /// How a wait ends.
    enum End: Sendable, Hashable {
        case free, timedOut, cancelled, stopped
    }

    /// One who waits.
    struct Waiter: Sendable {
        let key: LeaseKey
        fileprivate let id: UInt64
        let end: OneShot<End>
    }

    private struct State: Sendable {
        var nextID: UInt64 = 0
        var waiters: [LeaseKey: [UInt64: OneShot<End>]] = [:]
        /// Set once nobody can be woken any more.
        var finalEnd: End?
    }

    private let state = NIOLockedValueBox(State())

    /// Keys somebody waits for.
    var keys: [LeaseKey] { self.state.withLockedValue { Array($0.waiters.keys) } }
    /// How many wait.
    var count: Int { self.state.withLockedValue { $0.waiters.values.reduce(0) { $0 + $1.count } } }

    /// Those of `keys` that somebody waits for.
    func awaited(of keys: Set<LeaseKey>) -> [LeaseKey] {
        self.state.withLockedValue { state in keys.filter { state.waiters[$0] != nil } }
    }

    func add(_ key: LeaseKey) -> Waiter {
        let end = OneShot<End>()
        let id = self.state.withLockedValue { state -> UInt64 in
            state.nextID += 1
            if let finalEnd = state.finalEnd {
                end.fulfil(finalEnd)
            } else {
                state.waiters[key, default: [:]][state.nextID] = end
            }
            return state.nextID
        }
        return Waiter(key: key, id: id, end: end)
    }

    /// Forgets a waiter at once, and its key with the last of them.
    func remove(_ waiter: Waiter) {
        self.state.withLockedValue { state in
            state.waiters[waiter.key]?[waiter.id] = nil
            if state.waiters[waiter.key]?.isEmpty == true { state.waiters[waiter.key] = nil }
        }
    }

    /// Ends the waits for these keys.
    func wake(_ keys: [LeaseKey]) {
        let woken = self.state.withLockedValue { state in
            keys.flatMap { state.waiters.removeValue(forKey: $0)?.values.map { $0 } ?? [] }
        }
        for waiter in woken { waiter.fulfil(.free) }
    }

    /// Ends all waits, and each later one at once.
    func endAll(_ end: End) {
        let all = self.state.withLockedValue { state in
            state.finalEnd = end
            defer { state.waiters = [:] }
            return state.waiters
        }
        for waiter in all.values.flatMap(\.values) { waiter.fulfil(end) }
    }
}
