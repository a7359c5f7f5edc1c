import AgentResources
import Consensus
import Leases
import NIOConcurrencyHelpers

/// Counts what Raft does, written by its loop a few times an entry and read by whoever asks. Thread-safe.
final class RaftMeter: Sendable {
    private struct State {
        var statistics: RaftStatistics
        /// The serving leader's clock.
        var clock: ClockBase?
        /// When the replicated time last moved here.
        var moved: Uptime
        var contacts: [UInt64: Uptime] = [:]
        var leader: Leader?
        var term: UInt64 = 0
    }

    private let state: NIOLockedValueBox<State>

    init(_ status: RaftStatus, now: Uptime) {
        var statistics = RaftStatistics(status: status)
        statistics.guardTrips = GuardTrips().byName
        self.state = NIOLockedValueBox(State(statistics: statistics, moved: now))
    }

    /// An entry goes into the log: `operations` and `reads` in `bytes`.
    func sealed(operations: Int, reads: Int, bytes: Int) {
        self.state.withLockedValue { state in
            state.statistics.sealedEntries += 1
            state.statistics.sealedOperations += UInt64(operations)
            state.statistics.sealedReads += UInt64(reads)
            state.statistics.sealedBytes += UInt64(bytes)
            state.statistics.batchSizes.record(Double(operations + reads))
            if operations + reads == 0 { state.statistics.ticks += 1 }
        }
    }

    /// An entry was applied, `time` after it was sealed when it was sealed here; `old` is the time before it.
    func applied(_ events: [LeaseEvent], after time: Duration?, from old: GlobalTime, to new: GlobalTime, now: Uptime) {
        self.state.withLockedValue { state in
            if let time { state.statistics.commitTimes.record(time.seconds) }
            if let clock = state.clock {
                let lag = Self.lag(of: old, behind: clock, now: now)
                state.statistics.worstClockLagSeconds = max(state.statistics.worstClockLagSeconds, lag)
            }
            if new > old { state.moved = now }
            for event in events {
                switch event {
                case .claimed(let key, _, _): state.statistics.grants.add(key)
                case .expired(let key, _, _): state.statistics.expiries.add(key)
                case .revoked(let key, _, _): state.statistics.revokes.add(key)
                }
            }
        }
    }

    /// The disk has made something durable.
    func written(_ completion: DiskQueue.Completion, in time: Duration) {
        self.state.withLockedValue { state in
            switch completion {
            case .saved: state.statistics.voteTimes.record(time.seconds)
            case .written: state.statistics.appendTimes.record(time.seconds)
            case .failed: break
            }
        }
    }

    /// A snapshot held the loop up for `time` at once at most: its copy, or the longest entry applied while it was encoded.
    func paused(for time: Duration) {
        self.state.withLockedValue { state in
            state.statistics.snapshotPauseSeconds = time.seconds
            state.statistics.worstSnapshotPauseSeconds = max(
                state.statistics.worstSnapshotPauseSeconds,
                time.seconds
            )
        }
    }

    /// A snapshot is encoded.
    func tookSnapshot(bytes: Int, in time: Duration) {
        self.state.withLockedValue { state in
            state.statistics.snapshots += 1
            state.statistics.snapshotSeconds = time.seconds
            state.statistics.snapshotBytes = bytes
        }
    }

    /// A peer was heard.
    func heard(_ peer: UInt64, now: Uptime) { self.state.withLockedValue { $0.contacts[peer] = now } }

    /// This controller serves by `clock` from here on, or does not serve.
    func serves(by clock: ClockBase?) { self.state.withLockedValue { $0.clock = clock } }

    /// Who leads, in which term.
    func led(by leader: Leader?, term: UInt64) {
        self.state.withLockedValue { state in
            guard let leader, leader != state.leader || term != state.term else { return }
            state.leader = leader
            state.term = term
            state.statistics.leaderChanges += 1
        }
    }

    func statistics(_ status: RaftStatus, _ replica: LeaseReplica, now: Uptime) -> RaftStatistics {
        let (held, pins, slack, remembered) = replica.read {
            ($0.heldByNamespace, $0.pinCount, $0.extensionSlack, $0.rememberedCount)
        }
        return self.state.withLockedValue { state in
            var statistics = state.statistics
            statistics.status = status
            statistics.heldLeases = held
            statistics.pins = pins
            statistics.extensionSlack = slack
            statistics.rememberedResults = remembered
            statistics.clockLagSeconds =
                state.clock.map { Self.lag(of: replica.globalTime, behind: $0, now: now) }
                ?? max(now - state.moved, .zero).seconds
            statistics.peerSilence = state.contacts.mapValues { max(now - $0, .zero).seconds }
            return statistics
        }
    }

    func refusedEvents(_ count: UInt64) { self.state.withLockedValue { $0.statistics.refusedEvents = count } }

    func guardTrips(_ trips: GuardTrips) { self.state.withLockedValue { $0.statistics.guardTrips = trips.byName } }

    private static func lag(of time: GlobalTime, behind clock: ClockBase, now: Uptime) -> Double {
        Double(time.milliseconds(until: clock.globalTime(at: now))) / 1_000
    }
}

extension Duration {
    fileprivate var seconds: Double {
        let (seconds, attoseconds) = self.components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
