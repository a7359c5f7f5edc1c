import DependencyEngineTesting
import Testing

@testable import DependencyEngine

@Suite(.timeLimit(.minutes(2))) struct ClassificationTests {
    private static func always(_ failureClass: FailureClass?) -> (@Sendable (any Error) -> FailureClass)? {
        guard let failureClass else { return nil }
        return { _ in failureClass }
    }

    @Test(
        "unclassified errors are retried; a classification says park, bounce, uninstall, retry after or fatal instead"
    )
    func classes() throws {
        let classes: [(FailureClass?, MachineFailure.Kind)] = [
            (nil, .failed), (.retry, .failed), (.retryAfter(.seconds(9)), .failed), (.park("no"), .parked),
            (.bounce, .bounce), (.uninstall, .dismissed), (.fatal, .fatal),
        ]
        for (failureClass, kind) in classes {
            let failure = MachineFailure(Broken(), classify: Self.always(failureClass))
            #expect(failure.kind == kind)
            let asked: Duration? = failureClass == .retryAfter(.seconds(9)) ? .seconds(9) : nil
            #expect(failure.retryAfter == asked)
            #expect(failure.cause is Broken)
        }
    }

    @Test("a verdict is never classified")
    func verdicts() throws {
        let verdicts: [(Verdict, MachineFailure.Kind)] = [
            (.missing("x"), .missing), (.bounce("x"), .bounce), (.uninstall, .uninstall), (.fatal(Broken()), .fatal),
            (.retry(after: .seconds(1), because: Broken()), .failed),
        ]
        for (verdict, kind) in verdicts {
            let failure = MachineFailure(verdict) { _ in
                Issue.record("asked about \(verdict)")
                return .retry
            }
            #expect(failure.kind == kind)
        }
    }

    @Test("an error classified as of no use to try again parks, uncharged and visible, until an input changes")
    func parks() throws {
        var rig = try MachineRig([declare("a"), declare("b", needs: ["a"])])
        rig.started("a", "b")
        rig.ended("b", failure: MachineFailure(Broken()) { _ in .park("the password is wrong") })
        rig.advance(.seconds(600))
        #expect(rig.state("b") == .parked)
        #expect(rig.machine.reason(rig.id("b"), now: rig.now) == "the password is wrong")
        #expect(rig.node("b").lastError == "broken")
        #expect(rig.node("b").failureCount == 0)
        rig.send(.bounce(rig.id("a")))
        rig.ended("a")
        rig.started("a")
        #expect(rig.state("b") == .starting)
    }

    @Test("what is parked by its classification gets a chance when a deferred input comes, and when it is resumed")
    func released() throws {
        var rig = try MachineRig([declare("b", deferred: ["a"])])
        rig.ended("b", failure: MachineFailure(Broken()) { _ in .park("no") })
        try rig.install([declare("a")])
        rig.started("a")
        #expect(rig.state("b") == .starting)
        rig.ended("b", failure: MachineFailure(Broken()) { _ in .park("no") })
        rig.send(.resume(rig.id("b")))
        #expect(rig.state("b") == .starting)
    }

    @Test("an error classified as a reason to uninstall forgets the manifold, but not after a requested stop")
    func dismissed() throws {
        var rig = try MachineRig([declare("a"), declare("b")])
        rig.started("a", "b")
        rig.ended("a", failure: MachineFailure(Broken()) { _ in .uninstall })
        #expect(rig.state("a") == .unknown)
        rig.send(.bounce(rig.id("b")))
        rig.ended("b", failure: MachineFailure(Broken()) { _ in .uninstall })
        #expect(rig.state("b") == .starting)
    }

    @Test("a retry after some time waits at least that, beyond the cap if need be, and is charged like a failure")
    func retryAfter() throws {
        var rig = try MachineRig([declare("a", policy: .exact(budget: 3))])
        rig.ended("a", error: Verdict.retry(after: .seconds(300), because: Broken()))
        #expect(rig.retryIn("a") == .seconds(300))
        #expect(rig.node("a").lastError == "broken")
        #expect(rig.node("a").failures == 1)
        rig.advance(.seconds(300))
        rig.ended("a", error: Verdict.retry(after: .seconds(-1), because: Broken()))
        #expect(rig.retryIn("a") == .seconds(2), "the curve's own delay, being longer")
        rig.advance(.seconds(2))
        rig.ended("a", error: Verdict.retry(after: .seconds(1), because: Broken()))
        #expect(rig.state("a") == .parked, "its budget is spent")
    }

    @Test("jitter makes a delay that was asked for longer, never shorter, and an absurd one is 100 years")
    func jitterAboveAsked() throws {
        let policy = RestartPolicy(jitter: 0.5)
        for step in 0...10 {
            let delay = policy.delay(asked: .seconds(100), random: Double(step) / 10)
            #expect(delay >= .seconds(100) && delay <= .seconds(150))
        }
        #expect(policy.delay(asked: .seconds(100), random: 0.5) > policy.delay(asked: .seconds(100), random: 0.1))
        var rig = try MachineRig([declare("a")])
        rig.ended("a", error: Verdict.retry(after: .seconds(Int64.max), because: Broken()))
        #expect(try #require(rig.retryIn("a")) < .seconds(4_000_000_000))
    }

    @Test(
        "a start's errors, a worker's and injected ones are all classified, each once, the first two on the worker's own task"
    )
    func everywhere() async throws {
        let journal = Journal()
        let manifold = Manifold("x") {
            journal.append("start")
            if journal.count("start") == 1 { throw Broken() }
            return ClosureWorker { context in
                if journal.count("start") == 2 { throw Broken() }
                await context.stop.wait()
            }
        }
        .classifying { error in
            journal.append("classify \(error)")
            journal.append("in \(Task.name ?? "another task")")
            return .bounce
        }
        try await withEngine([manifold]) { engine, clock in
            try await until(engine) { _ in journal.count("start") >= 2 }
            await journal.wait(for: "classify broken", count: 2)
            // The second bounce in a row is slowed.
            try await until(engine) { $0["x"]?.retryInMilliseconds != nil }
            clock.advance(by: .seconds(60))
            try await engine.ready(["x"])
            clock.advance(by: .seconds(1))
            try await engine.fail("x", Broken())
            try await until(engine) { $0["x"]?.generation == 4 && $0["x"]?.state == .ready }
            #expect(await engine.report()["x"]?.failureCount == 0)
        }
        #expect(journal.count("classify broken") == 3)
        #expect(journal.count("in x #1") == 1 && journal.count("in x #2") == 1)
    }
}
