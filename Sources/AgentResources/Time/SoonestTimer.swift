import NIOConcurrencyHelpers

/// One timer at the earliest instant anybody has asked for. Thread-safe.
///
/// For a state machine behind a lock: the next instant is read under the lock, and armed outside of it, because timers
/// may wake a task or, once closed, act at once. One that fires too early finds nothing to do and is armed anew; once its
/// timers are closed its owner must name no next instant any more.
package final class SoonestTimer: Sendable {
    private struct State: Sendable {
        /// When the timer set last fires; `nil` once it has.
        var armed: Uptime?
        var id: Timers.ID?
        /// Counts how often it was set, so that one that another has replaced changes nothing here.
        var number: UInt64 = 0
    }

    private let timers: Timers
    private let state = NIOLockedValueBox(State())

    package init(_ timers: Timers) { self.timers = timers }

    /// Sees that `action` is called no later than `instant` or soon after; never call it under a lock that `action` takes.
    package func arm(_ instant: Uptime?, _ action: @escaping @Sendable () -> Void) {
        guard let instant else { return }
        let number = self.state.withLockedValue { state -> UInt64? in
            guard state.armed.map({ instant < $0 }) ?? true else { return nil }
            state.armed = instant
            state.number += 1
            return state.number
        }
        guard let number else { return }
        let id = self.timers.schedule(at: instant) { [weak self] in
            self?.fired(number)
            action()
        }
        let superfluous = self.state.withLockedValue { state -> Timers.ID? in
            // Armed anew meanwhile, for earlier or because it has fired: this one is of no use.
            guard state.number == number else { return id }
            defer { state.id = id }
            return state.id
        }
        if let superfluous { self.timers.cancel(superfluous) }
    }

    private func fired(_ number: UInt64) {
        self.state.withLockedValue { if $0.number == number { $0.armed = nil } }
    }
}
