import AgentResources
import Leases
import NIOConcurrencyHelpers

/// Those who watch for changes of holder, and the newest changes. Thread-safe.
final class Watchers: Sendable {
    /// Changes kept: whoever asks again after more than these is told of a gap.
    static let keptChanges = 65_536
    /// How many may wait for a change.
    static let limit = 65_536
    /// The most changes in one answer.
    static let answerLimit = 4_096

    typealias Reply = @Sendable (Result<WatchAnswer, LeaseServiceError>) -> Void

    private struct Watcher: Sendable {
        var query: WatchQuery
        var reply: Reply
    }

    private struct State: Sendable {
        var ring: ChangeRing
        var nextID: UInt64 = 0
        /// By model, so that a change is compared with few.
        var models: [String: [UInt64: Watcher]] = [:]
        var count = 0
        var isClosed = false
    }

    private let state: NIOLockedValueBox<State>

    init(keptChanges: Int = Watchers.keptChanges) {
        self.state = .init(State(ring: ChangeRing(limit: keptChanges)))
    }

    var count: Int { self.state.withLockedValue { $0.count } }

    /// True once something was heard of the log.
    var isFollowing: Bool { self.state.withLockedValue { $0.ring.start != nil } }

    func report(to statistics: inout LeaseStatistics) {
        self.state.withLockedValue { state in
            statistics.watchers = state.count
            statistics.keptChanges = state.ring.changes.count
        }
    }

    /// Answers at once what is known already; otherwise keeps the watcher and returns its name.
    func add(_ query: WatchQuery, _ reply: @escaping Reply) -> UInt64? {
        var query = query
        query.limit = min(max(query.limit, 1), Self.answerLimit)
        let (id, answer) = self.state.withLockedValue {
            state -> (UInt64?, Result<WatchAnswer, LeaseServiceError>?) in
            guard !state.isClosed else { return (nil, .failure(LeaseServiceError(Refusal(.stopping)))) }
            if let answer = state.ring.answer(query) { return (nil, .success(answer)) }
            guard state.count < Self.limit else {
                return (nil, .failure(LeaseServiceError(Refusal(.overloaded, retryAfterMilliseconds: 5_000))))
            }
            // Everything up to the end was looked at; "from now on" has a place as soon as the log has.
            if state.ring.start != nil { query.after = max(query.after ?? state.ring.end, state.ring.end) }
            state.nextID += 1
            state.count += 1
            state.models[query.model, default: [:]][state.nextID] = Watcher(query: query, reply: reply)
            return (state.nextID, nil)
        }
        if let answer { reply(answer) }
        return id
    }

    /// Ends a watch before anything came: at its timeout with where to go on, otherwise because its task was cancelled.
    func end(_ id: UInt64, model: String, isTimeout: Bool) {
        let (watcher, end) = self.state.withLockedValue { state in
            (Self.remove(id, model, &state), state.ring.start == nil ? nil : state.ring.end)
        }
        guard let watcher else { return }
        guard isTimeout else { return watcher.reply(.failure(.abandoned)) }
        guard let cursor = watcher.query.after.map({ max($0, end ?? $0) }) ?? end else {
            // Nothing was heard of the log yet, so there is no place to go on from.
            return watcher.reply(.failure(LeaseServiceError(Refusal(.tryAgain))))
        }
        watcher.reply(.success(WatchAnswer(changes: [], cursor: cursor, gap: false)))
    }

    private static func remove(_ id: UInt64, _ model: String, _ state: inout State) -> Watcher? {
        guard let watcher = state.models[model]?.removeValue(forKey: id) else { return nil }
        if state.models[model]?.isEmpty == true { state.models[model] = nil }
        state.count -= 1
        return watcher
    }

    /// Takes the changes of one entry and answers those who watch for them.
    func receive(_ entry: LeaseEvents) {
        let owed = self.state.withLockedValue { state -> [(Reply, WatchAnswer)] in
            let isFirst = state.ring.start == nil
            let (new, gap) = state.ring.append(entry)
            guard state.count > 0 else { return [] }
            // Usually only the models of the changes are concerned.
            let models = gap || isFirst ? Set(state.models.keys) : Set(new.map(\.key.model))
            return models.flatMap { Self.answers(for: $0, isFirst: isFirst, entry.index, &state) }
        }
        for (reply, answer) in owed { reply(.success(answer)) }
    }

    private static func answers(
        for model: String,
        isFirst: Bool,
        _ index: UInt64,
        _ state: inout State
    ) -> [(Reply, WatchAnswer)] {
        guard let watchers = state.models[model] else { return [] }
        var owed: [(Reply, WatchAnswer)] = []
        for (id, watcher) in watchers {
            var query = watcher.query
            // Whoever asked for changes from now on, before anything was heard of the log, gets them from the first.
            if query.after == nil { query.after = state.ring.start }
            if let answer = state.ring.answer(query) {
                _ = Self.remove(id, model, &state)
                owed.append((watcher.reply, answer))
            } else {
                // Everything up to the end was looked at, once.
                state.models[model]?[id]?.query.after = query.after.map { max($0, state.ring.end) }
            }
        }
        return owed
    }

    /// Answers everybody, and each later one at once.
    func close() {
        let all = self.state.withLockedValue { state in
            state.isClosed = true
            state.count = 0
            defer { state.models = [:] }
            return state.models.values.flatMap(\.values)
        }
        for watcher in all { watcher.reply(.failure(LeaseServiceError(Refusal(.stopping)))) }
    }
}
