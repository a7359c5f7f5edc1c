import Testing

@testable import DependencyEngine

@Suite struct MachineLiveTests {
    @Test("a live input that arrives is delivered once the settle window is over, and bounces nobody")
    func arrives() throws {
        var rig = try MachineRig([declare("b", live: ["a"])])
        rig.started("b")
        try rig.install([declare("a")])
        rig.started("a")
        #expect(!rig.machine.isSettled)
        _ = rig.take()
        rig.advance(.milliseconds(49))
        #expect(rig.take() == [])
        rig.advance(.milliseconds(1))
        #expect(rig.take() == ["deliver a 1 to b"])
        #expect(rig.node("b").generation == 1)
        #expect(rig.machine.isSettled)
    }

    @Test("a start waits for a live input on its way, no longer than the settle window, and begins with it")
    func onItsWay() throws {
        var rig = try MachineRig([declare("b", live: ["a"]), declare("a")])
        rig.started("a")
        #expect(rig.take() == ["start a", "publish a", "start b"])
        #expect(rig.node("b").delivered == [1])
        rig.advance(.seconds(1))
        #expect(rig.take() == [])

        rig = try MachineRig([declare("b", live: ["a"]), declare("a")])
        rig.advance(.milliseconds(50))
        #expect(rig.take() == ["start a", "start b"])
        #expect(rig.node("b").delivered == [0])
    }

    @Test("a live user never holds up its provider's stop, and hears of it after the settle window")
    func goes() throws {
        var rig = try MachineRig([declare("a"), declare("b", live: ["a"])])
        rig.started("a")
        rig.started("b")
        #expect(rig.node("a").users == 0)
        _ = rig.take()
        rig.send(.park(rig.id("a")))
        #expect(rig.take() == ["retract a", "stop a"])
        rig.ended("a")
        rig.advance(.milliseconds(50))
        #expect(rig.take() == ["deliver no a to b"])
        #expect(rig.state("b") == .ready)
    }

    @Test("a provider that bounces inside the settle window is delivered once, as its new generation")
    func bounces() throws {
        var rig = try MachineRig([declare("a"), declare("b", live: ["a"])])
        rig.started("a")
        rig.started("b")
        for _ in 0..<10 {
            rig.send(.bounce(rig.id("a")))
            rig.ended("a")
            rig.started("a")
            rig.advance(.milliseconds(4))
        }
        _ = rig.take()
        rig.advance(.seconds(1))
        #expect(rig.take() == ["deliver a 11 to b"])
        #expect(rig.node("b").generation == 1)
    }

    @Test("a provider that came and went inside the settle window is not delivered")
    func flaps() throws {
        var rig = try MachineRig([declare("b", live: ["a"])])
        rig.started("b")
        try rig.install([declare("a", policy: .exact())])
        rig.started("a")
        rig.advance(.milliseconds(20))
        rig.failed("a")
        _ = rig.take()
        rig.advance(.milliseconds(500))
        #expect(rig.take() == [])
    }

    @Test("a user that stops meanwhile is delivered nothing, and begins anew with what is there")
    func stopping() throws {
        var rig = try MachineRig([declare("a"), declare("b", live: ["a"])])
        rig.started("a")
        rig.started("b")
        rig.send(.bounce(rig.id("a")))
        rig.ended("a")
        rig.started("a")
        rig.send(.bounce(rig.id("b")))
        _ = rig.take()
        rig.advance(.seconds(1))
        #expect(rig.take() == [])
        rig.ended("b")
        #expect(rig.take() == ["start b"])
        #expect(rig.node("b").delivered == [2])
    }

    @Test("a change of an optional input beside a live one bounces, and nothing is delivered to the old instance")
    func besideOptional() throws {
        var rig = try MachineRig([declare("b", optional: ["o"], live: ["a"])])
        rig.started("b")
        try rig.install([declare("a"), declare("o")])
        rig.started("a", "o")
        _ = rig.take()
        rig.advance(.milliseconds(50))
        #expect(rig.take() == ["retract b", "stop b"])
        rig.ended("b")
        #expect(rig.take() == ["start b"])
        #expect(rig.node("b").received == [1, 0])
        #expect(rig.node("b").delivered == [0, 1])
    }

    @Test("live inputs count in cycles as optional ones do")
    func cycle() throws {
        let error = #expect(throws: InstallError.self) {
            _ = try MachineRig([declare("a", live: ["b"]), declare("b", needs: ["a"])])
        }
        guard case .cycle(let steps) = error else { return #expect(Bool(false), "\(String(describing: error))") }
        #expect(steps.map(\.name) == ["a", "b", "a"])
    }

    @Test("a live input shows as one in the report and the graphs")
    func answers() throws {
        let rig = try MachineRig([declare("b", live: ["a"])])
        let input = rig.machine.makeReport(now: rig.now)["b"]?.inputs.first
        #expect(input?.kind == .optional)
        #expect(input?.live == true)
        #expect(rig.machine.graph(.dot).contains("\"a\" -> \"b\" [style=dotted, label=\"live\"];"))
        #expect(rig.machine.graph(.mermaid).contains("m0 -->|live| m1"))
    }
}
