import AgentResources
import Leases
import NIOConcurrencyHelpers

/// A lease manager that says what a test wants and remembers what it was asked.
final class FakeLeases: LeaseService {
    struct Script: Sendable {
        var perform: @Sendable (LeaseCommand) -> SubmissionOutcome = { command in
            .applied(
                .granted(Grant(holder: command.holder ?? "", token: FencingToken(7), remainingMilliseconds: 30_000)),
                index: 1
            )
        }
        /// What is chosen for commands without a `notAfter`.
        var notAfter: GlobalTime?
        var records: [LeaseKey: LeaseRecord] = [:]
        /// What reads throw, if anything.
        var failure: LeaseServiceError?
        var watch: @Sendable (WatchQuery) -> WatchAnswer = { query in
            WatchAnswer(changes: [], cursor: query.after ?? WatchCursor(index: 0, offset: 0), gap: false)
        }
        /// Whether waits end with "free", with "held", or never.
        var isFree: Bool? = true
    }

    private struct State {
        var script: Script
        var asked: [IdentifiedCommand] = []
        var timeouts: [Duration] = []
        var queries: [LeaseQuery] = []
        var watched: [WatchQuery] = []
        var callers: [Caller] = []
        /// Those who wait for ever.
        var kept: [@Sendable (Result<Bool, LeaseServiceError>) -> Void] = []
    }

    private let state: NIOLockedValueBox<State>
    /// Yields once for each wait that began.
    let waits: AsyncStream<LeaseKey>
    private let waiting: AsyncStream<LeaseKey>.Continuation

    init(_ configure: (inout Script) -> Void = { _ in }) {
        var script = Script()
        configure(&script)
        self.state = NIOLockedValueBox(State(script: script))
        (self.waits, self.waiting) = AsyncStream.makeStream()
    }

    var asked: [IdentifiedCommand] { self.state.withLockedValue { $0.asked } }
    var timeouts: [Duration] { self.state.withLockedValue { $0.timeouts } }
    var queries: [LeaseQuery] { self.state.withLockedValue { $0.queries } }
    var watched: [WatchQuery] { self.state.withLockedValue { $0.watched } }
    /// Who asked for commands or waits, in order.
    var callers: [Caller] { self.state.withLockedValue { $0.callers } }

    func perform(_ call: LeaseCall) {
        let script = self.state.withLockedValue { state in
            state.asked += call.commands
            state.timeouts.append(call.timeout)
            if let caller = call.caller { state.callers.append(caller) }
            return state.script
        }
        call.reply(
            call.commands.map {
                LeaseAnswer(
                    outcome: script.perform($0.command),
                    notAfter: $0.notAfter ?? script.notAfter
                )
            }
        )
    }

    func whenFree(
        _ key: LeaseKey,
        timeout: Duration?,
        caller: Caller?,
        _ reply: @escaping @Sendable (Result<Bool, LeaseServiceError>) -> Void
    ) {
        let script = self.state.withLockedValue { state in
            if let caller { state.callers.append(caller) }
            return state.script
        }
        self.waiting.yield(key)
        if let failure = script.failure {
            reply(.failure(failure))
        } else if let isFree = script.isFree {
            reply(.success(isFree))
        } else {
            self.state.withLockedValue { $0.kept.append(reply) }
        }
    }

    func watch(_ query: WatchQuery, timeout: Duration) async throws -> WatchAnswer {
        let script = self.state.withLockedValue { state in
            state.watched.append(query)
            return state.script
        }
        if let failure = script.failure { throw failure }
        return script.watch(query)
    }

    var statistics: LeaseStatistics { LeaseStatistics() }

    func check(_ keys: [LeaseKey], timeout: Duration) async throws -> [LeaseRecord?] {
        let script = self.state.withLockedValue { $0.script }
        if let failure = script.failure { throw failure }
        return keys.map { script.records[$0] }
    }

    func list(_ query: LeaseQuery, timeout: Duration) async throws -> [LeaseRecord] {
        let script = self.state.withLockedValue { state in
            state.queries.append(query)
            return state.script
        }
        if let failure = script.failure { throw failure }
        let found = script.records.values.sorted { $0.key < $1.key }.filter { record in
            (query.namespace == nil || query.namespace == record.key.namespace)
                && record.key.name.hasPrefix(query.prefix) && query.after.map { record.key > $0 } ?? true
        }
        return Array(found.prefix(query.limit))
    }

    func waitUntilFree(_ key: LeaseKey, timeout: Duration?) async throws -> Bool {
        try await withCheckedThrowingContinuation { continuation in
            self.whenFree(key, timeout: timeout, caller: nil) { continuation.resume(with: $0) }
        }
    }
}

extension LeaseCommand {
    var holder: String? {
        switch self {
        case .claim(_, let holder, _), .extend(_, let holder, _): holder
        case .revoke(_, let holder, _): holder
        case .pin, .unpin, .resolve: nil
        }
    }
}
