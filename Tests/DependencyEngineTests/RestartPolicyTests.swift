import Testing

@testable import DependencyEngine

@Suite struct RestartPolicyTests {
    @Test("a policy that makes no sense is refused at install with what is wrong, and nothing is installed")
    func refusals() throws {
        let policies: [(RestartPolicy, String)] = [
            (RestartPolicy(firstDelay: .seconds(-1)), "first delay"),
            (RestartPolicy(maximumDelay: .seconds(-1)), "maximum delay"),
            (RestartPolicy(healthyAfter: .seconds(-1)), "healthy time"),
            (RestartPolicy(factor: 0.5), "factor"), (RestartPolicy(factor: -2), "factor"),
            (RestartPolicy(factor: .nan), "factor"), (RestartPolicy(factor: .infinity), "factor"),
            (RestartPolicy(jitter: -0.1), "jitter"), (RestartPolicy(jitter: 1.1), "jitter"),
            (RestartPolicy(jitter: .nan), "jitter"), (RestartPolicy(budget: 0), "budget"),
            (RestartPolicy(budget: -1), "budget"),
        ]
        for (policy, word) in policies {
            var rig = try MachineRig()
            let error = #expect(throws: InstallError.self) {
                try rig.install([declare("good"), declare("bad", policy: policy)])
            }
            #expect(error?.description.contains(word) == true)
            #expect(error?.description.contains("manifold bad declared at Graph/bad.swift:1") == true)
            #expect(rig.machine.ids.isEmpty)
        }
    }

    @Test("negative deadlines are refused at install, and so is a start that may take no time")
    func deadlines() throws {
        let soon = Duration.seconds(-1)
        let late = declare("late", startDeadline: soon)
        let instant = declare("instant", startDeadline: .zero)
        let declarations = [
            late, instant, declare("stop", deadlines: StopDeadlines(graceful: soon)),
            declare("cancel", deadlines: StopDeadlines(cancelled: soon)), declare("drain", draining: soon),
        ]
        for declaration in declarations {
            var rig = try MachineRig()
            #expect(throws: InstallError.self) { try rig.install([declaration]) }
        }
    }

    @Test("extreme policies saturate instead of overflowing")
    func extremes() throws {
        let longest = Duration.seconds(Int64.max)
        let policy = RestartPolicy(firstDelay: longest, factor: 1e300, maximumDelay: longest, healthyAfter: longest)
        var rig = try MachineRig([declare("a", policy: policy)])
        rig.failed("a")
        #expect(try #require(rig.retryIn("a")) > .seconds(1_000_000_000))
        #expect((rig.machine.makeReport(now: rig.now)["a"]?.retryInMilliseconds ?? 0) > 1_000_000_000_000)
    }

    @Test("never parks at the first failure, until it is resumed")
    func never() throws {
        var rig = try MachineRig([declare("a", policy: .never)])
        rig.failed("a")
        #expect(rig.state("a") == .parked)
        rig.send(.resume(rig.id("a")))
        #expect(rig.state("a") == .starting)
        rig.failed("a")
        #expect(rig.state("a") == .parked)
    }
}
