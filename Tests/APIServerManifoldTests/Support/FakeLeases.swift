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
        /// Whether waits end at once with "free", at their timeout with "held", or never.
        var isFree: Bool? = true
    }

    private struct State {
        var script: Script
        var asked: [IdentifiedCommand] = []
        var timeouts: [Duration] = []
        var queries: [LeaseQuery] = []
    }

    private let state: NIOLockedValueBox<State>
    /// Yields once for each wait that began.
    let waits: AsyncStream<LeaseKey>
    /// Yields once for each wait that was cancelled.
    let cancellations: AsyncStream<LeaseKey>
    private let waiting: AsyncStream<LeaseKey>.Continuation
    private let cancelled: AsyncStream<LeaseKey>.Continuation

    init(_ configure: (inout Script) -> Void = { _ in }) {
        var script = Script()
        configure(&script)
        self.state = NIOLockedValueBox(State(script: script))
        (self.waits, self.waiting) = AsyncStream.makeStream()
        (self.cancellations, self.cancelled) = AsyncStream.makeStream()
    }

    var asked: [IdentifiedCommand] { self.state.withLockedValue { $0.asked } }
    var timeouts: [Duration] { self.state.withLockedValue { $0.timeouts } }
    var queries: [LeaseQuery] { self.state.withLockedValue { $0.queries } }

    func perform(_ call: LeaseCall) {
        let script = self.state.withLockedValue { state in
            state.asked += call.commands
            state.timeouts.append(call.timeout)
            return state.script
        }
        call.reply(
            call.commands.map {
                LeaseAnswer(
                    key: $0.command.key,
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
        Task {
            do {
                reply(.success(try await self.waitUntilFree(key, timeout: timeout)))
            } catch {
                reply(.failure(error as? LeaseServiceError ?? LeaseServiceError(Refusal(.tryAgain))))
            }
        }
    }

    func watch(_ query: WatchQuery, timeout: Duration) async throws -> WatchAnswer {
        let script = self.state.withLockedValue { $0.script }
        if let failure = script.failure { throw failure }
        return WatchAnswer(changes: [], cursor: query.after ?? WatchCursor(index: 0, offset: 0), gap: false)
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
        self.waiting.yield(key)
        let script = self.state.withLockedValue { $0.script }
        if let failure = script.failure { throw failure }
        if script.isFree == true { return true }
        do {
            // Stands for a lease that is held: over at the timeout, or when the caller goes.
            try await Task.sleep(for: script.isFree == false ? timeout ?? .seconds(3_600) : .seconds(3_600))
            return false
        } catch {
            self.cancelled.yield(key)
            throw CancellationError()
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
