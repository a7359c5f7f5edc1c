import Testing

@testable import DependencyEngine

@Suite struct MachineStartTests {
    @Test("nothing starts before the engine runs")
    func idle() throws {
        var rig = try MachineRig([declare("a")], running: false)
        #expect(rig.take().isEmpty)
        rig.send(.run)
        #expect(rig.take() == ["start a"])
    }

    @Test("a manifold starts once its required inputs are ready, and each starts once")
    func order() throws {
        var rig = try MachineRig([declare("c", needs: ["b", "a"]), declare("b", needs: ["a"]), declare("a")])
        #expect(rig.take() == ["start a"])
        rig.started("a")
        #expect(rig.take() == ["publish a", "start b"])
        rig.started("b")
        #expect(rig.take() == ["publish b", "start c"])
        rig.started("c")
        #expect(rig.take() == ["publish c"])
    }

    @Test("n starts for n manifolds that all need all earlier ones")
    func noStartStorm() throws {
        let names = (0..<20).map { "m\($0)" }
        let graph = names.indices.map { declare(names[$0], needs: Array(names[..<$0])) }
        var rig = try MachineRig(graph.reversed())
        for name in names { rig.started(name) }
        #expect(rig.take().filter { $0.hasPrefix("start ") }.count == 20)
        #expect(names.allSatisfy { rig.state($0) == .ready })
    }

    @Test("an unmet input keeps a manifold down; once the input is installed both start once")
    func unknownInput() throws {
        var rig = try MachineRig([declare("b", needs: ["a"])])
        #expect(rig.take().isEmpty)
        #expect(rig.state("b") == .waiting)
        #expect(rig.state("a") == .unknown)
        try rig.install([declare("a")])
        rig.started("a")
        rig.started("b")
        #expect(rig.take() == ["start a", "publish a", "start b", "publish b"])
    }

    @Test("a second independent worker does not disturb the first")
    func independent() throws {
        var rig = try MachineRig([declare("a")])
        rig.started("a")
        _ = rig.take()
        try rig.install([declare("b")])
        #expect(rig.take() == ["start b"])
        #expect(rig.node("a").generation == 1)
    }

    @Test("a name installed twice is refused with both places, and nothing restarts")
    func duplicate() throws {
        var rig = try MachineRig([declare("a", site: "A.swift:1")])
        rig.started("a")
        _ = rig.take()
        #expect(throws: InstallError.duplicate(name: "a", site: "B.swift:2", existing: "A.swift:1")) {
            try rig.install([declare("x"), declare("a", site: "B.swift:2")])
        }
        #expect(rig.take().isEmpty)
        #expect(rig.machine.ids["x"] == nil, "an install is all or nothing")
        #expect(throws: InstallError.duplicate(name: "y", site: "Graph/y.swift:1", existing: "Graph/y.swift:1")) {
            try rig.install([declare("y"), declare("y")])
        }
        let twice = InstallError.duplicate(name: "y", site: "Graph/y.swift:1", existing: "Graph/y.swift:1")
        #expect(twice.description.contains("is there twice"), "one place is not named as two")
    }

    @Test(
        "names that are empty, too long or hold control characters are refused",
        arguments: [
            "", String(repeating: "x", count: 201), "a\nb",
        ]
    )
    func badName(_ name: String) throws {
        var rig = try MachineRig()
        #expect(throws: InstallError.badName(String(name.prefix(200)), site: "here")) {
            try rig.install([declare(name, site: "here")])
        }
    }

    @Test("nothing is installed into an engine that shuts down")
    func installAfterShutdown() throws {
        var rig = try MachineRig([declare("a")])
        rig.send(.shutdown(.graceful))
        #expect(throws: InstallError.ended) { try rig.install([declare("b")]) }
    }

    @Test("a dependent waits for the signal of a manifold that signals its readiness")
    func signalled() throws {
        var rig = try MachineRig([declare("a", readiness: .signalled), declare("b", needs: ["a"])])
        rig.started("a")
        #expect(rig.take() == ["start a"])
        #expect(rig.state("a") == .started)
        rig.signalReady("a")
        rig.signalReady("a")
        #expect(rig.take() == ["publish a", "start b"])
        #expect(rig.state("a") == .ready)
    }

    @Test("a signal of readiness from an old generation is ignored")
    func oldSignal() throws {
        var rig = try MachineRig([declare("a", readiness: .signalled)])
        rig.started("a")
        rig.ended("a", error: Verdict.bounce("again"))
        rig.started("a")
        rig.send(.signalledReady(rig.id("a"), generation: 1))
        #expect(rig.state("a") == .started)
    }

    @Test("a start in progress is cancelled when an input goes, and retried with the new input")
    func startAborted() throws {
        var rig = try MachineRig([declare("a"), declare("b", needs: ["a"])])
        rig.started("a")
        _ = rig.take()
        rig.send(.bounce(rig.id("a")))
        #expect(rig.take() == ["stop b", "cancel start of b"])
        rig.ended("b", error: CancellationError())
        #expect(rig.take() == ["retract a", "stop a"])
        rig.ended("a")
        #expect(rig.take() == ["start a"])
        rig.started("a")
        #expect(rig.take() == ["publish a", "start b"])
        #expect(rig.node("b").failureCount == 0)
    }

    @Test("a worker returned by a cancelled start is stopped in good time, not cancelled with it")
    func workerOfCancelledStart() throws {
        var rig = try MachineRig([declare("a")])
        rig.send(.park(rig.id("a")))
        #expect(rig.take() == ["start a", "stop a", "cancel start of a"])
        rig.started("a")
        rig.advance(.seconds(9))
        #expect(rig.take().isEmpty)
        rig.advance(.seconds(1))
        #expect(rig.take() == ["cancel a"])
    }

    @Test("a stuck start is cancelled after 30 s, charged, and abandoned 5 s later; the engine goes on")
    func stuckStart() throws {
        var rig = try MachineRig([declare("a", policy: .exact()), declare("b")])
        rig.started("b")
        _ = rig.take()
        rig.advance(.seconds(29))
        #expect(rig.take().isEmpty)
        rig.advance(.seconds(1))
        #expect(rig.take() == ["stop a", "cancel start of a"])
        #expect(rig.node("a").failureCount == 1)
        rig.advance(.seconds(5))
        #expect(rig.take() == ["abandon a", "start a"])
        #expect(rig.node("a").abandoned == 1)
        #expect(rig.state("b") == .ready)
        rig.send(.ended(rig.id("a"), generation: 1, nil))
        #expect(rig.node("a").abandoned == 0, "an abandoned start that ends after all is not reported any more")
        #expect(rig.state("a") == .starting)
    }
}
