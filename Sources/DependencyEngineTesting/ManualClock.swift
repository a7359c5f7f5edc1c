import DependencyEngine

/// A clock that only moves when told to, so that a test of back-off or deadlines names instants and never sleeps.
///
/// Give it to `Engine(clock:)`, or let `withEngine` do so. Safe from any task.
public final class ManualClock: Clock, Sendable {
    /// A moment of this clock.
    public struct Instant: InstantProtocol {
        /// Since the clock was made.
        public var offset = Duration.zero

        /// The moment `duration` later.
        public func advanced(by duration: Duration) -> Instant { Instant(offset: self.offset + duration) }
        /// How far away `other` is.
        public func duration(to other: Instant) -> Duration { other.offset - self.offset }
        /// Whether `left` comes first.
        public static func < (left: Instant, right: Instant) -> Bool { left.offset < right.offset }
    }

    private enum Sleeper {
        /// Its task is on its way; a cancellation may overtake it.
        case arriving(isCancelled: Bool)
        case asleep(until: Instant, CheckedContinuation<Void, any Error>)

        var deadline: Instant? {
            if case .asleep(let deadline, _) = self { deadline } else { nil }
        }
    }

    private struct Barrier {
        var count: Int
        var continuation: CheckedContinuation<Void, Never>
    }

    private struct State {
        var now = Instant()
        var sleepers: [UInt64: Sleeper] = [:]
        var barriers: [UInt64: Barrier] = [:]
        var nextID: UInt64 = 0

        var asleep: Int { self.sleepers.values.count(where: { $0.deadline != nil }) }

        mutating func makeID() -> UInt64 {
            self.nextID += 1
            return self.nextID
        }

        mutating func takeBarriers() -> [Barrier] {
            if self.barriers.isEmpty { return [] }
            let asleep = self.asleep
            let due = self.barriers.filter { $0.value.count <= asleep }
            for id in due.keys { self.barriers[id] = nil }
            return Array(due.values)
        }
    }

    private let state = Locked(State())

    /// Makes a clock that stands at zero.
    public init() {}

    /// The moment it stands at.
    public var now: Instant { self.state.withLock { $0.now } }
    /// One nanosecond.
    public var minimumResolution: Duration { .nanoseconds(1) }
    /// How many sleeps are under way. An engine has at most one of its own, for its earliest deadline.
    public var sleepers: Int { self.state.withLock { $0.asleep } }

    /// Returns once at least `count` sleeps are under way, or the calling task is cancelled.
    ///
    /// The barrier for code that sleeps *for* a time: moving the clock before it sleeps would only make it sleep until
    /// later. An engine sleeps *until* an instant and needs no barrier.
    public func sleepers(atLeast count: Int) async {
        let id = self.state.withLock { $0.makeID() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = self.state.withLock { state -> Bool in
                    // A cancellation from here on finds the barrier listed.
                    if state.asleep >= count || Task.isCancelled { return true }
                    state.barriers[id] = Barrier(count: count, continuation: continuation)
                    return false
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let barrier = self.state.withLock { $0.barriers.removeValue(forKey: id) }
            barrier?.continuation.resume()
        }
    }

    /// Returns once the clock was moved to `deadline` or past it; throws on cancellation.
    public func sleep(until deadline: Instant, tolerance: Duration? = nil) async throws {
        let id = self.state.withLock { state in
            let id = state.makeID()
            state.sleepers[id] = .arriving(isCancelled: false)
            return id
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { (continuation: CheckedContinuation<Void, any Error>) in
                self.arrive(id, deadline, continuation)
            }
        } onCancel: {
            self.cancelSleep(id)
        }
    }

    /// Moves time on and wakes whoever slept until then. A sleep to an instant already past returns at once, so for
    /// sleeps *until* an instant it does not matter whether the sleeper had arrived.
    public func advance(by duration: Duration) {
        let due = self.state.withLock { state -> [Sleeper] in
            let now = state.now.advanced(by: duration)
            state.now = now
            let due = state.sleepers.filter { $0.value.deadline.map { $0 <= now } ?? false }
            for id in due.keys { state.sleepers[id] = nil }
            return due.values.sorted { ($0.deadline ?? now) < ($1.deadline ?? now) }
        }
        for case .asleep(_, let continuation) in due { continuation.resume() }
    }

    private func arrive(_ id: UInt64, _ deadline: Instant, _ continuation: CheckedContinuation<Void, any Error>) {
        let (answer, barriers) = self.state.withLock { state -> (Result<Void, any Error>?, [Barrier]) in
            if case .arriving(isCancelled: true)? = state.sleepers[id] {
                state.sleepers[id] = nil
                return (.failure(CancellationError()), [])
            }
            if deadline <= state.now {
                state.sleepers[id] = nil
                return (.success(()), [])
            }
            state.sleepers[id] = .asleep(until: deadline, continuation)
            return (nil, state.takeBarriers())
        }
        if let answer { continuation.resume(with: answer) }
        for barrier in barriers { barrier.continuation.resume() }
    }

    private func cancelSleep(_ id: UInt64) {
        let sleeper = self.state.withLock { state -> Sleeper? in
            guard let sleeper = state.sleepers[id] else { return nil }
            state.sleepers[id] = sleeper.deadline == nil ? .arriving(isCancelled: true) : nil
            return sleeper
        }
        if case .asleep(_, let continuation)? = sleeper { continuation.resume(throwing: CancellationError()) }
    }
}
