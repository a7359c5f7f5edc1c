import AgentResources
import DependencyEngine
import Leases
import NIOConcurrencyHelpers
import NIOCore
import RPC

/// A wait for one lease to be free, through any number of lease managers, without a task: very many may wait.
struct FreeWait: Sendable {
    let key: LeaseKey
    /// `nil` waits as long as the connection lasts.
    let deadline: CallDeadline?
    let services: APIServices
    /// When it leaves, nobody waits any more.
    let caller: Caller
    /// Where the pauses between attempts are spent.
    let eventLoop: any EventLoop
    /// Called once, from any thread: true once the lease is free, false at the deadline.
    let done: @Sendable (Result<Bool, RPCFailure>) -> Void
    /// Attempts in a row that met no lease manager, or one that could not tell.
    var failures = 0

    func begin() {
        guard !self.caller.isGone else { return self.done(.failure(.cancelled)) }
        guard let service = self.services.leases.current else { return self.again(Refusal(.tryAgain)) }
        service.whenFree(self.key, timeout: self.deadline?.remaining, caller: self.caller) { result in
            switch result {
            case .success(true): self.done(.success(true))
            case .success(false) where self.deadline?.hasPassed == false: self.again(nil)
            case .success(false): self.done(.success(false))
            case .failure(let error): self.again(error.refusal)
            }
        }
    }

    /// The lease manager went, or was not there: its successor is asked after a pause.
    private func again(_ refusal: Refusal?) {
        if let deadline, deadline.hasPassed {
            return self.done(refusal.map { .failure(.tryAgain($0.reason)) } ?? .success(false))
        }
        var next = self
        next.failures = refusal == nil ? 0 : self.failures + 1
        let pause = Self.pause(
            self.services.pauseBetweenAttempts,
            failures: self.failures,
            hint: refusal?.retryAfterMilliseconds,
            chance: .random(in: 0.5...1)
        )
        self.eventLoop.scheduleTask(in: TimeAmount(min(pause, self.deadline?.remaining ?? pause))) { [next] in
            next.begin()
        }
    }

    /// Twice as long each time up to a second, and by chance less, so that those who wait do not all ask at once; as long
    /// as an overloaded lease manager wishes, and by chance longer.
    ///
    /// - Parameters:
    ///   - hint: in milliseconds, if there is one.
    ///   - chance: from a half to one.
    static func pause(_ first: Duration, failures: Int, hint: UInt64?, chance: Double) -> Duration {
        let own = min(first * (1 << min(failures, 10)), .seconds(1)) * chance
        guard let hint else { return own }
        return max(own, .milliseconds(Int64(clamping: min(hint, 60_000))) * (2 - chance))
    }
}

/// Several waits that are answered together, once the last is over. Thread-safe.
final class FreeWaits: Sendable {
    private struct State: Sendable {
        var isFree: [Bool]
        var open: Int
        var failure: RPCFailure?
    }

    private let state: NIOLockedValueBox<State>
    private let done: @Sendable (Result<[Bool], RPCFailure>) -> Void

    /// - Parameter done: called once, with whether each lease is free, or why one of them cannot be told.
    init(count: Int, done: @escaping @Sendable (Result<[Bool], RPCFailure>) -> Void) {
        self.state = .init(State(isFree: Array(repeating: false, count: count), open: count))
        self.done = done
        if count == 0 { done(.success([])) }
    }

    /// Notes how the wait at `place` ended.
    func ended(_ place: Int, _ result: Result<Bool, RPCFailure>) {
        let end = self.state.withLockedValue { state -> Result<[Bool], RPCFailure>? in
            switch result {
            case .success(let isFree): state.isFree[place] = isFree
            case .failure(let failure): state.failure = state.failure ?? failure
            }
            state.open -= 1
            guard state.open == 0 else { return nil }
            return state.failure.map { .failure($0) } ?? .success(state.isFree)
        }
        if let end { self.done(end) }
    }
}
