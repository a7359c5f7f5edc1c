import HoldfastClient

/// Carries out what one contender wants, and brings back what happened.
struct ContenderDriver: Sendable {
    let lease: Int
    let contender: Int
    let calls: LeaseCalls
    let link: Link
    let scoreboard: Scoreboard

    /// What came of a step.
    private struct Result: Sendable {
        var event: ContenderEvent
        var sample: LatencySample?
    }

    /// Runs until the contender has finished; cancelling the task is how the run ends, and cuts short no operation.
    @concurrent
    func run(_ contender: Contender) async {
        var contender = contender
        var result = Result(event: .begin)
        while true {
            let now = ContinuousClock.now
            let turn = contender.handle(result.event, now: now)
            if !turn.notes.isEmpty || result.sample != nil {
                await self.scoreboard.record(
                    turn.notes,
                    result.sample,
                    lease: self.lease,
                    contender: self.contender,
                    now: now
                )
            }
            if case .finished = turn.step { return }
            result = await self.perform(turn.step)
        }
    }

    private func perform(_ step: ContenderStep) async -> Result {
        switch step {
        case .claim, .wait, .rest:
            // Nothing of these is begun once the run is over.
            if Task.isCancelled { return Result(event: .end) }
        case .extend, .retry, .revoke, .finished: break
        }
        switch step {
        case .claim(let timeout):
            return await self.attempt(.claim, timeout) { try await self.calls.claim(on: $0, timeout: $1) }
        case .extend(let timeout):
            return await self.attempt(.extend, timeout) { try await self.calls.extend(on: $0, timeout: $1) }
        case .revoke(let timeout):
            return await self.attempt(.revoke, timeout) { try await self.calls.revoke(on: $0, timeout: $1) }
        case .wait(let timeout): return await self.wait(timeout)
        case .rest(let until):
            do {
                try await Task.sleep(until: until, clock: .continuous)
                return Result(event: .woke)
            } catch {
                return Result(event: .end)
            }
        case .retry(let at):
            // In a task of its own, so that the end of the run does not reach it.
            await Task { try? await Task.sleep(until: at, clock: .continuous) }.value
            return Result(event: .woke)
        case .finished: return Result(event: .end)
        }
    }

    /// One operation, to its end whatever happens to this task.
    private func attempt(
        _ operation: ContenderOperation,
        _ timeout: Duration,
        _ call: @escaping @Sendable @concurrent (ControllerConnection, Duration) async throws -> ContenderAnswer
    ) async -> Result {
        let task = Task { () -> Result in
            let begun = ContinuousClock.now
            do {
                let connection = try await self.link.connection()
                let sent = ContinuousClock.now
                let left = timeout - (sent - begun)
                guard left > .zero else { return Result(event: .failed(reason: "no connection in time")) }
                do {
                    let answer = try await call(connection, left)
                    self.link.answered()
                    let outcome = answer.outcome == .applied ? "granted" : answer.outcome.rawValue
                    let sample = LatencySample(operation: operation, outcome: outcome, duration: .now - sent)
                    return Result(event: .answered(answer, sent: sent), sample: sample)
                } catch {
                    return await self.failed(operation, error, on: connection, since: sent)
                }
            } catch {
                return Result(event: .failed(reason: Self.reason(error)))
            }
        }
        return await task.value
    }

    private func wait(_ timeout: Duration) async -> Result {
        do {
            let connection = try await self.link.connection()
            let sent = ContinuousClock.now
            do {
                let isFree = try await self.calls.wait(on: connection, timeout: timeout)
                self.link.answered()
                return Result(event: .waited(free: isFree))
            } catch is CancellationError {
                return Result(event: .end)
            } catch {
                return await self.failed(.wait, error, on: connection, since: sent)
            }
        } catch is CancellationError {
            return Result(event: .end)
        } catch {
            return Result(event: .failed(reason: Self.reason(error)))
        }
    }

    private func failed(
        _ operation: ContenderOperation,
        _ error: any Error,
        on connection: ControllerConnection,
        since sent: Instant
    ) async -> Result {
        switch (error as? LeaseClientError)?.code {
        case .unreachable: await self.link.drop(connection)
        // A controller that says nothing, not even that it cannot, is as good as gone.
        case .timedOut: await self.link.dropIfSilent(connection, since: sent)
        // It answered, if only that it will not.
        default: self.link.answered()
        }
        // How long a wait takes is the holder's affair.
        let sample =
            operation == .wait
            ? nil : LatencySample(operation: operation, outcome: "failed", duration: .now - sent)
        return Result(event: .failed(reason: Self.reason(error)), sample: sample)
    }

    /// A few words that many failures have in common: it is counted by them.
    private static func reason(_ error: any Error) -> String {
        guard let error = error as? LeaseClientError else { return "\(type(of: error))" }
        switch error.code {
        case .unreachable: return "connection lost or not made"
        case .timedOut: return "no answer in time"
        case .refused: return error.protocolCode ?? "refused"
        case .notValid: return "not valid: \(error.message)"
        default: return error.code.description
        }
    }
}
