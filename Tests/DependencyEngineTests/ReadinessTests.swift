import DependencyEngineTesting
import ServiceLifecycle
import Testing

@testable import DependencyEngine

/// Ready when told.
private struct Slow: Worker {
    let journal: Journal
    let isUp: Locked<Bool>

    func run(_ context: WorkerContext) async throws {
        self.journal.append("run")
        await context.stop.wait()
    }

    func ping() async throws {
        self.journal.append("ping")
        if !self.isUp.withLock({ $0 }) { throw Broken() }
    }
}

private struct Serving: Service {
    let journal: Journal

    func run() async throws { try await gracefulShutdown() }
    func check() async throws { self.journal.append("checked") }
}

@Suite(.timeLimit(.minutes(1))) struct ReadinessTests {
    @Test("a worker that does not say in time that it is ready has failed")
    func signalledTooLate() throws {
        var rig = try MachineRig([
            declare("a", readiness: .signalled(within: .seconds(5)), policy: .exact()), declare("b", needs: ["a"]),
        ])
        rig.started("a")
        #expect(rig.state("a") == .started && rig.state("b") == .waiting)
        _ = rig.take()
        rig.advance(.seconds(5))
        #expect(rig.take() == ["stop a"])
        #expect(rig.node("a").lastError == "it was not ready within 5.0 seconds, it never said so")
        rig.ended("a")
        rig.advance(.seconds(1))
        #expect(rig.take() == ["start a"])
    }

    @Test("readiness in time ends its deadline")
    func signalledInTime() throws {
        var rig = try MachineRig([declare("a", readiness: .signalled(within: .seconds(5)))])
        rig.started("a")
        rig.advance(.seconds(4))
        rig.signalReady("a")
        rig.advance(.seconds(100))
        #expect(rig.state("a") == .ready && rig.node("a").failureCount == 0)
    }

    @Test("a probe that never passes is a failure that tells of its last error")
    func probeTooSlow() throws {
        var rig = try MachineRig([
            declare("a", readiness: .probed(every: .seconds(1), within: .seconds(5)), policy: .exact())
        ])
        rig.started("a")
        rig.send(.waits(rig.id("a"), generation: 1, for: "refused"))
        #expect(rig.machine.reason(rig.id("a"), now: rig.now) == "its probe fails: refused")
        rig.advance(.seconds(5))
        #expect(
            rig.node("a").lastError == "it was not ready within 5.0 seconds, its probe last failed with: refused"
        )
        rig.ended("a")
        rig.advance(.seconds(1))
        rig.started("a")
        #expect(rig.machine.waitingFor.isEmpty, "another instance, another probe")
    }

    @Test("dependents wait for a worker whose probe is tried until it passes")
    func probed() async throws {
        let journal = Journal()
        let isUp = Locked(false)
        let manifold = Manifold(.a) {
            Slow(journal: journal, isUp: isUp)
        } ready: {
            try await $0.ping()
        } provides: { _ in
            "up"
        }
        .readiness(.probed(every: .seconds(2), within: .seconds(60)))
        let user = Manifold("user", needs: .a) { value in Recording(name: "user of \(value)", journal: journal) }
        try await withEngine([manifold, user]) { engine, clock in
            await Self.untilReason(engine, "its probe fails: broken")
            #expect(await engine.report()["user"]?.state == .waiting)
            isUp.withLock { $0 = true }
            #expect(journal.count("ping") == 1)
            clock.advance(by: .seconds(2))
            try await engine.ready(["user"])
            #expect(journal.lines.filter { $0 != "run" } == ["ping", "ping", "run user of up"])
        }
    }

    @Test("a try that does not come back is cancelled after its time and counts as failed")
    func hangingTry() async throws {
        let journal = Journal()
        let manifold = Manifold("a") {
            Recording(name: "a", journal: journal)
        } ready: { _ in
            journal.append("try")
            await StopSignal.standalone().signal.wait()
            try Task.checkCancellation()
        }
        .readiness(.probed(every: .seconds(3), within: .seconds(60)))
        try await withEngine([manifold]) { engine, clock in
            await journal.wait(for: "try")
            clock.advance(by: .seconds(3))
            await Self.untilReason(engine, "its probe fails: no answer within 3.0 seconds")
            await journal.wait(for: "try", count: 2)
        }
    }

    @Test("a try that is deaf to its cancellation holds up neither the failure nor the next start nor the engine's end")
    func deafTry() async throws {
        let journal = Journal()
        let gate = StopSignal.standalone()
        let manifold = Manifold("a") {
            Recording(name: "a", journal: journal)
        } ready: { _ in
            journal.append("try")
            await Task.detached { await gate.signal.wait() }.value
        }
        .readiness(.probed(every: .seconds(1), within: .seconds(5)))
        .restart(.exact())
        try await withEngine([manifold]) { engine, clock in
            try await until(engine) { $0["a"]?.state == .started }
            await journal.wait(for: "try")
            clock.advance(by: .seconds(5))
            try await until(engine) { $0["a"]?.state == .backingOff }
            #expect(
                await engine.report()["a"]?.lastError
                    == "it was not ready within 5.0 seconds, no try of its probe came back"
            )
            clock.advance(by: .seconds(1))
            await journal.wait(for: "try", count: 2)
        }
        #expect(journal.count("end a") == 2)
        gate.stop()
    }

    @Test("the probe ends with the stop of its worker")
    func probeEnds() async throws {
        let journal = Journal()
        let manifold = Manifold("a") {
            Recording(name: "a", journal: journal)
        } ready: { _ in
            journal.append("try")
            await StopSignal.standalone().signal.wait()
            journal.append("try ended, cancelled \(Task.isCancelled)")
            throw Broken()
        }
        try await withEngine([manifold]) { engine, clock in
            await journal.wait(for: "try")
            try await engine.park("a")
            await journal.wait(for: "try ended, cancelled true")
            await journal.wait(for: "end a")
            clock.advance(by: .seconds(100))
            try await engine.settled()
            #expect(journal.count("try") == 1)
            #expect(await engine.report()["a"]?.failureCount == 0)
        }
    }

    @Test("a service is probed while it runs")
    func service() async throws {
        let journal = Journal()
        let manifold = Manifold.service("web") {
            Serving(journal: journal)
        } ready: {
            try await $0.check()
        }
        try await withEngine([manifold]) { engine, _ in
            try await engine.ready(["web"])
            #expect(journal.lines.contains("checked"))
        }
    }

    /// A failed try is no event, so the report is asked until it tells of it.
    private static func untilReason(_ engine: Engine, _ reason: String) async {
        while await engine.report()["a"]?.reason != reason && !Task.isCancelled { await Task.yield() }
    }
}
