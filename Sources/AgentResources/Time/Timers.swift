import HeapModule
import NIOConcurrencyHelpers

/// Many timers behind one sleeping task: a deadline costs a heap entry, not a task.
///
/// Thread-safe. Nothing fires unless `run()` runs; actions run on its task, one after the other, and must not block.
package final class Timers: Sendable {
    /// Names a timer for `cancel`.
    package struct ID: Hashable, Sendable {
        fileprivate var rawValue: UInt64
    }

    private struct Entry: Comparable, Sendable {
        var instant: Uptime
        var id: UInt64

        static func < (left: Self, right: Self) -> Bool { (left.instant, left.id) < (right.instant, right.id) }
    }

    private struct State: Sendable {
        var nextID: UInt64 = 0
        /// May hold cancelled timers until their time comes or they are too many.
        var order: Heap<Entry> = []
        var actions: [UInt64: @Sendable () -> Void] = [:]
        /// When the running task wakes by itself.
        var armed: Uptime?
        var sleeper: CheckedContinuation<Void, Never>?
        var isFiring = false
        var isClosed = false

        mutating func takeSleeper() -> CheckedContinuation<Void, Never>? {
            defer { self.sleeper = nil }
            return self.sleeper
        }
    }

    /// What the timers measure with.
    package let clock: any UptimeClock
    private let state = NIOLockedValueBox(State())

    package init(clock: any UptimeClock) { self.clock = clock }

    /// How many timers are set.
    package var count: Int { self.state.withLockedValue { $0.actions.count } }

    /// Whether nothing is due and whatever was due has been done.
    package var isSettled: Bool {
        let now = self.clock.now
        return self.state.withLockedValue { state in
            !state.isFiring
                && !state.order.unordered.contains { $0.instant <= now && state.actions[$0.id] != nil }
        }
    }

    /// Calls `action` once at `instant` or soon after, unless cancelled.
    @discardableResult
    package func schedule(at instant: Uptime, _ action: @escaping @Sendable () -> Void) -> ID {
        let (id, sleeper) = self.state.withLockedValue { state -> (UInt64?, CheckedContinuation<Void, Never>?) in
            guard !state.isClosed else { return (nil, nil) }
            let id = state.nextID
            state.nextID += 1
            state.actions[id] = action
            state.order.insert(Entry(instant: instant, id: id))
            if let armed = state.armed, armed <= instant { return (id, nil) }
            return (id, state.takeSleeper())
        }
        sleeper?.resume()
        guard let id else {
            action()
            return ID(rawValue: .max)
        }
        return ID(rawValue: id)
    }

    /// Fires every timer now, and each later one as soon as it is set: nobody is left waiting for time that nobody
    /// keeps any more.
    package func close() {
        let actions = self.state.withLockedValue { state in
            state.isClosed = true
            state.order = []
            defer { state.actions = [:] }
            return state.actions
        }
        for (_, action) in actions.sorted(by: { $0.key < $1.key }) { action() }
    }

    /// Forgets a timer; one that fires at this moment may still do so.
    package func cancel(_ id: ID) {
        self.state.withLockedValue { state in
            state.actions[id.rawValue] = nil
            guard state.order.count > 64 + 2 * state.actions.count else { return }
            state.order = Heap(state.order.unordered.filter { state.actions[$0.id] != nil })
        }
    }

    /// Fires timers until the task is cancelled.
    package func run() async {
        while !Task.isCancelled {
            for action in self.takeDue() { action() }
            let next = self.state.withLockedValue { state in
                state.isFiring = false
                state.armed = state.order.min?.instant
                return state.armed
            }
            if let next, next <= self.clock.now { continue }
            await self.sleep(until: next)
        }
    }

    private func takeDue() -> [@Sendable () -> Void] {
        let now = self.clock.now
        return self.state.withLockedValue { state in
            var due: [@Sendable () -> Void] = []
            while let first = state.order.min, first.instant <= now {
                state.order.removeMin()
                if let action = state.actions.removeValue(forKey: first.id) { due.append(action) }
            }
            state.isFiring = !due.isEmpty
            return due
        }
    }

    /// Sleeps until `instant`, an earlier timer, or cancellation, whichever comes first.
    private func sleep(until instant: Uptime?) async {
        await withTaskGroup(of: Void.self) { group in
            if let instant {
                group.addTask { try? await self.clock.sleep(until: instant) }
            }
            group.addTask { await self.waitForEarlier(than: instant) }
            await group.next()
            group.cancelAll()
        }
    }

    private func waitForEarlier(than instant: Uptime?) async {
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let resumeNow = self.state.withLockedValue { state -> Bool in
                    if Task.isCancelled { return true }
                    // A timer set since `armed` was noted has found no sleeper to wake.
                    if let first = state.order.min?.instant, instant.map({ first < $0 }) ?? true { return true }
                    state.sleeper = continuation
                    return false
                }
                if resumeNow { continuation.resume() }
            }
        } onCancel: {
            self.state.withLockedValue { $0.takeSleeper() }?.resume()
        }
    }
}
