import DependencyEngine
import DependencyEngineTesting
import Testing

struct Busy: Error {
    var retryAfter: Duration
}

struct WrongPassword: Error {}

extension Manifold {
    var asRemoteService: Manifold {
        self.classifying { error in
            switch error {
            case let busy as Busy: .retryAfter(busy.retryAfter)
            case is WrongPassword: .park("the password is wrong: correct it, then resume")
            default: .retry
            }
        }
    }
}

extension Manifold {
    /// Gives up after five failures and ends the process with a code that systemd is told not to restart on.
    var asIndispensable: Manifold {
        self.restart(RestartPolicy(budget: 5, exhausted: .endEngine(code: 78)))
    }
}

@Suite(.timeLimit(.minutes(1))) struct FailureRecipe {
    @Test("a remote service says when to come back, and a wrong password is not tried again")
    func classified() async throws {
        let busy = Manifold("busy") { () -> Idle in throw Busy(retryAfter: .seconds(120)) }.asRemoteService
            .restart(RestartPolicy(jitter: 0))
        let wrong = Manifold("wrong") { () -> Idle in throw WrongPassword() }.asRemoteService
        try await withEngine([busy, wrong]) { engine, _ in
            try await until(engine) { $0["busy"]?.state == .backingOff && $0["wrong"]?.state == .parked }
            #expect(await engine.report()["busy"]?.retryInMilliseconds == 120_000)
            #expect(try await engine.why("wrong").reason.contains("the password is wrong"))
        }
    }

    @Test("a spent budget ends the engine with its code")
    func code() async throws {
        let clock = ManualClock()
        let engine = Engine(clock: clock)
        try await engine.install([Manifold("a") { () -> Idle in throw Unreachable() }.asIndispensable])
        let run = Task { try await engine.run() }
        for failures in 1..<5 {
            try await until(engine) { $0["a"]?.failureCount == failures }
            clock.advance(by: .seconds(60))
        }
        do {
            try await run.value
            Issue.record("the engine ended well")
        } catch EngineError.budgetSpent(_, let code, _) {
            #expect(code == 78)
        }
    }
}
