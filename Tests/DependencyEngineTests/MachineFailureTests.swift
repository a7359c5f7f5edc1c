import Testing

@testable import DependencyEngine

@Suite struct MachineFailureTests {
    @Test("failures in a row wait 1, 2, 4 … s up to 60 s, then the tenth parks")
    func curve() throws {
        var rig = try MachineRig([declare("a", policy: .exact())])
        var delays: [Duration] = []
        for _ in 1...9 {
            rig.failed("a")
            delays.append(try #require(rig.retryIn("a")))
            #expect(rig.state("a") == .backingOff)
            rig.advance(delays[delays.count - 1])
            #expect(rig.state("a") == .starting)
        }
        #expect(delays == [1, 2, 4, 8, 16, 32, 60, 60, 60].map { .seconds($0) })
        rig.failed("a")
        #expect(rig.state("a") == .parked)
        #expect(rig.retryIn("a") == nil)
        #expect(rig.events.last?.kind == .parked)
    }

    @Test("the same curve for workers that start and then fail, counted from the failure")
    func curveAfterStart() throws {
        var rig = try MachineRig([declare("a", policy: .exact())])
        for delay in [1, 2, 4] {
            rig.started("a")
            rig.advance(.milliseconds(1500))
            rig.failed("a")
            #expect(rig.retryIn("a") == .seconds(delay))
            rig.advance(.seconds(delay))
        }
    }

    @Test("jitter is up to 20 % before the cap, and no delay exceeds the cap")
    func jitter() throws {
        var generator = SeededGenerator(seed: 42)
        let policy = RestartPolicy.standard
        var seen: Set<Duration> = []
        for failures in 1...8 {
            for _ in 0..<200 {
                let delay = policy.delay(failures: failures, random: generator.nextUnit())
                let plain = Double(1 << (failures - 1))
                #expect(delay <= .seconds(60))
                #expect(delay.inSeconds >= min(plain * 0.8, 60) - 1e-6)
                #expect(delay.inSeconds <= plain * 1.2 + 1e-6)
                seen.insert(delay)
            }
        }
        #expect(seen.count > 500)
    }

    @Test("200 failures with factor 100 stay at the cap")
    func saturation() throws {
        let policy = RestartPolicy(factor: 100, maximumDelay: .seconds(3), budget: .max)
        for failures in 3...200 { #expect(policy.delay(failures: failures, random: 0.5) == .seconds(3)) }
    }

    @Test("the count starts anew after 60 s ready, not after 60 s starting")
    func healthy() throws {
        var rig = try MachineRig([declare("a", readiness: .signalled, policy: .exact())])
        rig.failed("a")
        rig.advance(.seconds(1))
        rig.failed("a")
        rig.advance(.seconds(2))
        rig.started("a")
        rig.advance(.seconds(100))
        rig.failed("a")
        #expect(rig.retryIn("a") == .seconds(4), "it was started for long but never ready")
        rig.advance(.seconds(4))
        rig.started("a")
        rig.signalReady("a")
        rig.advance(.seconds(60))
        #expect(rig.machine.attempt(rig.id("a"), now: rig.now) == 1)
        rig.failed("a")
        #expect(rig.retryIn("a") == .seconds(1))
    }

    @Test("healthy time is at least twice the last delay")
    func healthyAfterLongDelay() throws {
        var rig = try MachineRig([declare("a", policy: .exact())])
        for delay in [1, 2, 4, 8, 16, 32] {
            rig.failed("a")
            rig.advance(.seconds(delay))
        }
        rig.started("a")
        rig.advance(.seconds(63))
        rig.failed("a")
        #expect(rig.retryIn("a") == .seconds(60))
    }

    @Test("a spent budget may end the engine with a code")
    func endsEngine() throws {
        var rig = try MachineRig([
            declare("a", policy: .exact(budget: 2, exhausted: .endEngine(code: 7))), declare("b"),
        ])
        rig.started("b")
        rig.failed("a")
        rig.advance(.seconds(1))
        _ = rig.take()
        rig.failed("a")
        #expect(rig.take() == ["drain b", "retract b", "stop b"])
        rig.ended("b")
        #expect(rig.outcome == .budgetSpent(rig.id("a"), code: 7, "broken"))
    }

    @Test("a vital manifold keeps trying at the cap")
    func keepsTrying() throws {
        var rig = try MachineRig([declare("a", policy: .exact(budget: 2, exhausted: .keepTrying))])
        rig.failed("a")
        rig.advance(.seconds(1))
        rig.failed("a")
        rig.advance(.seconds(2))
        for _ in 0..<50 {
            rig.failed("a")
            #expect(rig.retryIn("a") == .seconds(60))
            rig.advance(.seconds(60))
        }
    }

    @Test("a back-off is visible: last error, attempt and next time")
    func visible() throws {
        var rig = try MachineRig([declare("a", policy: .exact())])
        rig.failed("a")
        rig.advance(.seconds(1))
        rig.failed("a")
        rig.advance(.milliseconds(500))
        let report = try #require(rig.machine.makeReport(now: rig.now)["a"])
        #expect(report.state == .backingOff)
        #expect(report.lastError == "broken")
        #expect(report.attempt == 3)
        #expect(report.retryInMilliseconds == 1500)
        #expect(report.failureCount == 2)
        rig.advance(.milliseconds(1500))
        #expect(rig.machine.makeReport(now: rig.now)["a"]?.lastError == "broken", "a new attempt does not hide it")
    }

    @Test("an input's return retries once soon, but keeps the failure count")
    func inputReturns() throws {
        var rig = try MachineRig([declare("a"), declare("b", needs: ["a"], policy: .exact())])
        rig.started("a")
        for delay in [1, 2, 4, 8] {
            rig.failed("b")
            rig.advance(.seconds(delay))
        }
        rig.failed("b")
        #expect(rig.retryIn("b") == .seconds(16))
        rig.send(.bounce(rig.id("a")))
        rig.ended("a")
        rig.started("a")
        #expect(rig.state("b") == .starting)
        rig.failed("b")
        #expect(rig.retryIn("b") == .seconds(32))
    }

    @Test("a failing dependent leaves its input untouched")
    func preservesDependencies() throws {
        var rig = try MachineRig([declare("a"), declare("b", needs: ["a"])])
        rig.started("a", "b")
        _ = rig.take()
        rig.failed("b")
        rig.advance(.seconds(2))
        #expect(rig.take() == ["retract b", "start b"])
        #expect(rig.node("a").generation == 1)
    }

    @Test("a manifold out of its budget gets one more attempt when an input changes, and a clean record when resumed")
    func releasedFromPark() throws {
        var rig = try MachineRig([declare("a"), declare("b", needs: ["a"], policy: .exact(budget: 2))])
        rig.started("a")
        rig.failed("b")
        rig.advance(.seconds(1))
        rig.failed("b")
        #expect(rig.state("b") == .parked)
        rig.send(.bounce(rig.id("a")))
        rig.ended("a")
        rig.started("a")
        #expect(rig.state("b") == .starting)
        rig.failed("b")
        #expect(rig.state("b") == .parked)
        rig.send(.resume(rig.id("b")))
        rig.failed("b")
        #expect(rig.retryIn("b") == .seconds(1))
    }
}
