import AgentResources
import Leases
import NIOConcurrencyHelpers

/// The calls that have no answer yet, and the count of what was done. Thread-safe.
final class OpenCalls: Sendable {
    /// How many may be open: each holds memory until its deadline, whoever asks.
    static let limit = 131_072
    /// When those beyond it may come back, in milliseconds.
    static let retryAfterMilliseconds: UInt64 = 1_000

    /// What became of a call that wants in.
    enum Admission: Sendable, Hashable {
        /// Its place.
        case taken(Int)
        /// Too many are open.
        case full
        /// None are taken any more.
        case closed
    }

    /// Claims stop at half, so that there is room for what keeps leases; what controllers hold themselves always enters.
    static func limit(for pending: PendingRequests) -> Int {
        var limit = Self.limit
        for slot in pending.slots {
            guard case .apply(let operation) = slot.request else { continue }
            if operation.command.key.isSingular { return .max }
            if slot.isClaim { limit = Self.limit / 2 }
        }
        return limit
    }

    private struct State: Sendable {
        var calls: [CarriedCall?] = []
        var free: [Int] = []
        var statistics = LeaseStatistics()
        var isClosed = false
    }

    private let state = NIOLockedValueBox(State())

    /// How many are open.
    var count: Int { self.state.withLockedValue { $0.calls.count - $0.free.count } }

    /// Counters of calls and operations so far.
    var statistics: LeaseStatistics {
        self.state.withLockedValue { state in
            var statistics = state.statistics
            statistics.openCalls = state.calls.count - state.free.count
            return statistics
        }
    }

    /// Counts something beside the calls.
    func count(_ body: (inout LeaseStatistics) -> Void) { self.state.withLockedValue { body(&$0.statistics) } }

    /// Notes a call.
    func add(_ call: CarriedCall) -> Admission {
        self.state.withLockedValue { state in
            guard !state.isClosed else { return .closed }
            guard state.calls.count - state.free.count < call.openLimit else { return .full }
            if call.isCounted { state.statistics.calls += 1 }
            if let place = state.free.popLast() {
                state.calls[place] = call
                return .taken(place)
            }
            state.calls.append(call)
            return .taken(state.calls.count - 1)
        }
    }

    /// Forgets a call that was answered, and counts its answers.
    func remove(_ place: Int?, _ answered: PendingRequests) {
        self.state.withLockedValue { state in
            state.statistics.count(answered)
            guard let place else { return }
            state.calls[place] = nil
            state.free.append(place)
            // Room that a storm took is given back.
            if state.free.count == state.calls.count, state.calls.count > 4_096 {
                state.calls = []
                state.free = []
            }
        }
    }

    /// All that are open.
    var all: [CarriedCall] { self.state.withLockedValue { $0.calls.compactMap { $0 } } }

    /// Takes no more calls; returns those that are open.
    func close() -> [CarriedCall] {
        self.state.withLockedValue { state in
            state.isClosed = true
            return state.calls.compactMap { $0 }
        }
    }

    var isClosed: Bool { self.state.withLockedValue { $0.isClosed } }
}
