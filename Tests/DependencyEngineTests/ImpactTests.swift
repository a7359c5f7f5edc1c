import DependencyEngineTesting
import FoundationEssentials
import Testing

@testable import DependencyEngine

@Suite struct ImpactTests {
    /// disk ← raft ← leader ← forwarder, raft ⇠ api; each takes its own milliseconds to start.
    private func agent() throws -> MachineRig {
        var rig = try MachineRig([
            declare("disk"), declare("raft", needs: ["disk"], deferred: ["api"]), declare("leader", needs: ["raft"]),
            declare("forwarder", needs: ["leader", "raft"]), declare("clock", needs: ["leader"]),
            declare("api", deferred: ["raft", "forwarder"]), declare("other"),
        ])
        for (name, delay) in [("disk", 1), ("raft", 20), ("leader", 5), ("clock", 2), ("forwarder", 3)] {
            rig.advance(.milliseconds(delay))
            rig.started(name)
        }
        rig.started("api", "other")
        return rig
    }

    private func names(_ waves: [[Impact.Step]]) -> [[String]] { waves.map { $0.map(\.name) } }

    @Test("an impact names who stops from the leaves on, who starts from the root on, and who stays up with less")
    func waves() throws {
        let rig = try self.agent()
        let impact = rig.machine.impact(of: rig.id("raft"), now: rig.now)
        #expect(impact.state == .ready)
        #expect(self.names(impact.stops) == [["clock", "forwarder"], ["leader"], ["raft"]])
        #expect(self.names(impact.starts) == [["raft"], ["leader"], ["clock", "forwarder"]])
        #expect(impact.emptied.map { "\($0.name) of \($0.provider)" } == ["api of forwarder", "api of raft"])
    }

    @Test("an impact is what a bounce then does, in that order")
    func truth() throws {
        var rig = try self.agent()
        let impact = rig.machine.impact(of: rig.id("raft"), now: rig.now)
        _ = rig.take()
        rig.send(.bounce(rig.id("raft")))
        for wave in impact.stops {
            let asked = rig.take().filter { $0.hasPrefix("stop ") }
            #expect(asked.sorted() == wave.map { "stop \($0.name)" })
            for step in wave { rig.ended(step.name) }
        }
        for wave in impact.starts {
            let begun = rig.take().filter { $0.hasPrefix("start ") }
            #expect(begun.sorted() == wave.map { "start \($0.name)" })
            for step in wave { rig.started(step.name) }
        }
        #expect(rig.take().filter { $0.hasPrefix("start") || $0.hasPrefix("stop") } == [])
    }

    @Test("the gap is the longest path of measured starts and stops; what was never measured makes it the least")
    func gap() throws {
        var rig = try self.agent()
        let least = rig.machine.impact(of: rig.id("raft"), now: rig.now)
        // raft 20 ms; leader 5; then clock took 2 and forwarder 2 + 3, both since leader was ready.
        #expect(least.gapInMilliseconds == 30)
        #expect(least.ownGapInMilliseconds == 20)
        #expect(least.isLeast)
        #expect(least.stops.joined().allSatisfy { $0.measuredInMilliseconds == nil })
        rig.send(.bounce(rig.id("raft")))
        for names in [["clock", "forwarder"], ["leader"], ["raft"]] {
            rig.advance(.milliseconds(10))
            for name in names { rig.ended(name) }
        }
        for names in [["raft"], ["leader"], ["forwarder", "clock"]] {
            rig.advance(.milliseconds(1))
            for name in names { rig.started(name) }
        }
        let now = rig.machine.impact(of: rig.id("raft"), now: rig.now)
        #expect(now.gapInMilliseconds == 33)
        #expect(now.ownGapInMilliseconds == 31)
        #expect(!now.isLeast)
        #expect(
            now.text == """
                a bounce of raft stops 4 and starts 4; all ready again after about 33 ms, raft after 31 ms
                stop 1: clock (10 ms), forwarder (10 ms)
                stop 2: leader (10 ms)
                stop 3: raft (10 ms)
                start 1: raft (1 ms)
                start 2: leader (1 ms)
                start 3: clock (1 ms), forwarder (1 ms)
                stay up, with an empty handle meanwhile: api (forwarder, raft)
                """
        )
    }

    @Test("asking for an impact changes nothing")
    func pure() throws {
        var rig = try self.agent()
        let before = rig.machine.makeReport(now: rig.now)
        _ = rig.machine.impact(of: rig.id("disk"), now: rig.now)
        #expect(rig.machine.makeReport(now: rig.now) == before)
        rig.send(.timers)
        #expect(rig.take().filter { $0.hasPrefix("stop") } == [])
    }

    @Test("what does not run and waits for the manifold starts with it; what is parked on request does not")
    func waiting() throws {
        var rig = try self.agent()
        rig.send(.park(rig.id("leader")))
        rig.ended("forwarder", "clock")
        rig.ended("leader")
        let raft = rig.machine.impact(of: rig.id("raft"), now: rig.now)
        #expect(self.names(raft.stops) == [["raft"]])
        #expect(self.names(raft.starts) == [["raft"]])
        rig.failed("raft")
        let failed = rig.machine.impact(of: rig.id("raft"), now: rig.now)
        #expect(failed.stops.isEmpty)
        #expect(self.names(failed.starts) == [["raft"]])
        #expect(failed.state == .backingOff)
        #expect(failed.text.hasPrefix("raft is backing-off: a bounce stops nothing and starts 1; all ready"))
        let leader = rig.machine.impact(of: rig.id("leader"), now: rig.now)
        #expect(leader.starts.isEmpty)
        #expect(leader.gapInMilliseconds == nil)
    }

    @Test("a worker that says itself when it is ready counts with the time it took to say so")
    func signalled() throws {
        var rig = try MachineRig([declare("flag", readiness: .signalled), declare("user", needs: ["flag"])])
        rig.started("flag")
        rig.advance(.milliseconds(300))
        rig.signalReady("flag")
        rig.advance(.milliseconds(1))
        rig.started("user")
        #expect(rig.machine.impact(of: rig.id("flag"), now: rig.now).gapInMilliseconds == 301)
    }

    @Test("an impact encodes with kebab-case keys and comes back the same")
    func coding() throws {
        let rig = try self.agent()
        let impact = rig.machine.impact(of: rig.id("leader"), now: rig.now)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let data = try encoder.encode(impact)
        #expect(try JSONDecoder().decode(Impact.self, from: data) == impact)
        #expect(
            String(decoding: data, as: UTF8.self)
                == #"{"emptied":[{"kind":"deferred","live":false,"name":"api","provider":"forwarder"}],"gap-ms":10,"#
                + #""least":true,"name":"leader","own-gap-ms":5,"#
                + #""starts":[[{"measured-ms":5,"name":"leader"}],"#
                + #"[{"measured-ms":2,"name":"clock"},{"measured-ms":5,"name":"forwarder"}]],"state":"ready","#
                + #""stops":[[{"name":"clock"},{"name":"forwarder"}],[{"name":"leader"}]]}"#
        )
    }

    @Test("an engine answers for what is installed and refuses what is not")
    func engine() async throws {
        try await withEngine(recordingChain(Journal())) { engine, _ in
            try await engine.settled()
            let impact = try await engine.impact("b")
            #expect(self.names(impact.stops) == [["c"], ["b"]])
            await #expect(throws: EngineError.self) { try await engine.impact("nobody") }
        }
    }
}
