import DependencyEngineTesting
import Testing

@testable import DependencyEngine

@Suite(.timeLimit(.minutes(1))) struct StampedTests {
    @Test("a stamped value throws once its provider is gone, naming provider and generation")
    func expires() throws {
        let (stamped, expire) = Stamped.standalone("full", provider: "cache", generation: 3)
        #expect(stamped.isCurrent)
        #expect(try stamped.value == "full")
        expire()
        #expect(!stamped.isCurrent)
        let error = #expect(throws: StaleInput(provider: "cache", generation: 3)) { try stamped.value }
        #expect(
            error?.description
                == "cache of generation 3 was used after its provider failed, stopped or was replaced"
        )
    }

    @Test("a worker that throws a stale error is started again at once and not charged")
    func bounces() throws {
        var rig = try MachineRig([declare("b")])
        rig.started("b")
        rig.advance(.seconds(1))
        _ = rig.take()
        rig.ended("b", error: StaleInput(provider: "a", generation: 1))
        #expect(rig.take() == ["retract b", "start b"])
        #expect(rig.node("b").failureCount == 0)
        #expect(rig.node("b").lastError == nil)
        #expect(rig.events.last { $0.kind == .bounced }?.reason?.hasPrefix("a of generation 1") == true)
    }

    @Test("a worker that does nothing but throw stale errors is slowed")
    func slowed() throws {
        var rig = try MachineRig([declare("b", policy: .exact())])
        for _ in 0..<2 {
            rig.started("b")
            rig.ended("b", error: StaleInput(provider: "a", generation: 1))
        }
        #expect(rig.retryIn("b") == .seconds(1))
        #expect(rig.node("b").failureCount == 0)
    }

    @Test("a crash makes its values stale before any user hears of it; a planned stop lets users end with them")
    func sameTurn() async throws {
        let journal = Journal()
        let crash = Gate()
        let provider = Manifold(.a) {
            ClosureWorker { context in
                if context.generation == 1 {
                    await crash.pass()
                    throw Broken()
                }
                await context.stop.wait()
            }
        } provides: { _ in
            "full"
        }
        let user = Manifold("user", needs: .a.stamped, .a.optional.stamped) { a, optional in
            ClosureWorker { context in
                journal.append("holds \(a.provider) \(a.generation) \(optional?.generation ?? 0)")
                await context.stop.wait()
                journal.append("\(a.generation) is \(a.isCurrent ? "current" : "stale")")
                _ = try a.value
            }
        }
        try await withEngine([provider, user]) { engine, clock in
            await journal.wait(for: "holds a 1 1")
            crash.open()
            await journal.wait(for: "1 is stale")
            try await until(engine) { $0["a"]?.state == .backingOff }
            clock.advance(by: .seconds(2))
            await journal.wait(for: "holds a 2 2")
            try await engine.bounce("a")
            await journal.wait(for: "2 is current")
            try await until(engine) { $0["user"]?.generation == 3 }
            #expect(await engine.report()["user"]?.failureCount == 0)
        }
    }

    @Test("a value taken from a deferred handle is stale once its provider was replaced, and using it bounces the user")
    func deferred() async throws {
        let journal = Journal()
        let go = Gate()
        let provider = Manifold(.a) {
            Recording(name: "a", journal: journal)
        } provides: {
            $0.name
        }
        let user = Manifold("user", needs: .a.deferred) { a in
            ClosureWorker { context in
                guard context.generation == 1 else { return await context.stop.wait() }
                _ = try await a.value(timeout: .seconds(5))
                guard let stamped = a.stamped else { return }
                journal.append("has \(try stamped.value) \(stamped.generation)")
                await go.pass()
                _ = try stamped.value
            }
        }
        try await withEngine([provider, user]) { engine, _ in
            await journal.wait(for: "has a 1")
            try await engine.bounce("a")
            try await until(engine) { $0["a"]?.generation == 2 && $0["a"]?.state == .ready }
            go.open()
            try await until(engine) { $0["user"]?.generation == 2 }
            #expect(await engine.report()["user"]?.failureCount == 0)
        }
    }
}
