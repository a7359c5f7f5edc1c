import Testing

@testable import DependencyEngine

@Suite struct MachineGroupTests {
    private func members(_ count: Int) -> [MachineDeclaration] {
        (0..<count).map { declare("m\($0)", joins: ["g"], policy: .exact()) }
    }

    private func names(of rig: MachineRig, _ name: String) -> [String] {
        rig.node(name).inputs.map { rig.machine.nodes[$0.provider].name }.sorted()
    }

    /// Each input stands once among its provider's dependents, and the other way round.
    private func checkEdges(_ rig: MachineRig, sourceLocation: SourceLocation = #_sourceLocation) {
        for (id, node) in rig.machine.nodes.enumerated() {
            #expect(node.inputs.count == node.received.count, sourceLocation: sourceLocation)
            for (index, input) in node.inputs.enumerated() {
                let count = rig.machine.nodes[input.provider].dependents.count {
                    $0.manifold == id && $0.input == index
                }
                #expect(count == 1, sourceLocation: sourceLocation)
            }
            for dependent in node.dependents {
                let input = rig.machine.nodes[dependent.manifold].inputs[dependent.input]
                #expect(input.provider == id, sourceLocation: sourceLocation)
            }
        }
    }

    @Test("who needs a group starts when no member is on its way, with all that are ready")
    func start() throws {
        var rig = try MachineRig([declare("c", collects: ["g"])] + self.members(3))
        rig.started("m0", "m1")
        #expect(rig.take() == ["start m0", "start m1", "start m2", "publish m0", "publish m1"])
        rig.failed("m2")
        #expect(rig.take() == ["start c"])
        #expect(rig.node("c").received == [1, 1, 0])
    }

    @Test("a member that takes long holds up the start no longer than the settle window")
    func bounded() throws {
        var rig = try MachineRig([declare("c", collects: ["g"])] + self.members(2))
        rig.started("m0")
        _ = rig.take()
        rig.advance(.milliseconds(50))
        #expect(rig.take() == ["start c"])
        #expect(rig.node("c").received == [1, 0])
    }

    @Test("an empty group holds up nothing")
    func empty() throws {
        var rig = try MachineRig([declare("c", collects: ["g"])])
        #expect(rig.take() == ["start c"])
    }

    @Test("twenty members arriving inside the settle window cost one restart")
    func arrive() throws {
        var rig = try MachineRig([declare("c", collects: ["g"]), declare("after", needs: ["c"])])
        rig.started("c")
        rig.started("after")
        for member in self.members(20) {
            try rig.install([member])
            rig.started(member.name)
            rig.advance(.milliseconds(2))
        }
        _ = rig.take()
        rig.advance(.milliseconds(50))
        #expect(rig.take() == ["retract after", "stop after"])
        rig.ended("after")
        rig.ended("c")
        rig.started("c", "after")
        rig.advance(.seconds(1))
        #expect(rig.node("c").generation == 2)
        #expect(rig.node("c").received == Array(repeating: 1, count: 20))
        self.checkEdges(rig)
    }

    @Test("twenty members failing inside the settle window cost one restart, however quickly their user ends")
    func fail() throws {
        var rig = try MachineRig(self.members(20) + [declare("c", collects: ["g"])])
        for member in self.members(20) { rig.started(member.name) }
        rig.started("c")
        _ = rig.take()
        rig.failed("m0")
        #expect(rig.take() == ["retract m0", "retract c", "stop c"])
        rig.ended("c")
        for index in 1..<20 {
            rig.advance(.milliseconds(2))
            rig.failed("m\(index)")
        }
        #expect(!rig.take().contains("start c"))
        rig.advance(.milliseconds(50))
        #expect(rig.take().contains("start c"))
        rig.started("c")
        #expect(rig.node("c").generation == 2)
        #expect(rig.node("c").received == Array(repeating: 0, count: 20))
    }

    @Test("a member installed later bounces its user; one uninstalled ends after it and leaves no edge")
    func dynamic() throws {
        var rig = try MachineRig(self.members(2) + [declare("c", collects: ["g"])])
        rig.started("m0", "m1")
        rig.started("c")
        try rig.install([declare("m2", joins: ["g"])])
        rig.started("m2")
        _ = rig.take()
        rig.advance(.milliseconds(50))
        #expect(rig.take() == ["retract c", "stop c"])
        rig.ended("c")
        rig.started("c")
        #expect(rig.node("c").received == [1, 1, 1])
        _ = rig.take()

        rig.send(.uninstall(rig.id("m0")))
        #expect(rig.take() == ["retract c", "stop c"])
        rig.ended("c")
        #expect(rig.take() == ["retract m0", "stop m0"])
        rig.ended("m0")
        #expect(rig.take() == ["forget m0"])
        #expect(self.names(of: rig, "c") == ["m1", "m2"])
        self.checkEdges(rig)
        rig.advance(.milliseconds(50))
        #expect(rig.take() == ["start c"])
        #expect(rig.node("c").received == [1, 1])
    }

    @Test("a member uninstalled while its user does not hold it leaves a running user alone")
    func leavesUnheld() throws {
        var rig = try MachineRig(self.members(3) + [declare("c", collects: ["g"])])
        rig.failed("m0")
        rig.started("m1", "m2")
        rig.started("c")
        _ = rig.take()
        rig.send(.uninstall(rig.id("m0")))
        #expect(rig.take() == ["forget m0"])
        #expect(rig.node("c").received == [1, 1])
        self.checkEdges(rig)
        rig.send(.bounce(rig.id("m2")))
        #expect(rig.take() == ["retract c", "stop c"])
    }

    @Test("a member that leaves while its output is held may come back before its user has ended")
    func comesBack() throws {
        var rig = try MachineRig(self.members(2) + [declare("c", collects: ["g"])])
        rig.started("m0", "m1")
        rig.started("c")
        rig.ended("m0", error: Verdict.uninstall)
        #expect(self.names(of: rig, "c") == ["m0", "m1"])
        try rig.install([declare("m0", joins: ["g"])])
        self.checkEdges(rig)
        rig.ended("c")
        rig.started("m0")
        rig.advance(.milliseconds(50))
        rig.started("c")
        #expect(self.names(of: rig, "c") == ["m0", "m1"])
        #expect(rig.node("c").received.sorted() == [1, 2])
        self.checkEdges(rig)

        rig.ended("m0", error: Verdict.uninstall)
        try rig.install([declare("m0")])
        rig.ended("c")
        #expect(self.names(of: rig, "c") == ["m1"])
        self.checkEdges(rig)
    }

    @Test("who needs two groups of overlapping members keeps its edges in order when members go")
    func twoGroups() throws {
        var rig = try MachineRig([
            declare("x", joins: ["g", "h"]), declare("y", joins: ["g"]), declare("z", joins: ["h"]),
            declare("c", needs: ["r"], collects: ["h", "g"]), declare("r"), declare("d", collects: ["h"]),
        ])
        rig.started("x", "y", "z", "r")
        #expect(self.names(of: rig, "c") == ["r", "x", "x", "y", "z"])
        rig.send(.uninstall(rig.id("x")))
        rig.ended("c", "d")
        rig.ended("x")
        self.checkEdges(rig)
        #expect(self.names(of: rig, "c") == ["r", "y", "z"])
        #expect(self.names(of: rig, "d") == ["z"])
        rig.send(.uninstall(rig.id("c")))
        try rig.install([declare("x", joins: ["g", "h"])])
        rig.started("x")
        self.checkEdges(rig)
        #expect(rig.node("c").inputs.isEmpty)
        try rig.install([declare("c", needs: ["r"], collects: ["h", "g"])])
        #expect(self.names(of: rig, "c") == ["r", "x", "x", "y", "z"])
        self.checkEdges(rig)
    }

    @Test("a cycle through a group is refused, whichever of its manifolds comes last")
    func cycle() throws {
        let all = [
            declare("a", collects: ["g"]), declare("b", needs: ["a"]), declare("c", needs: ["b"], joins: ["g"]),
        ]
        for last in all.indices {
            var rig = try MachineRig(all.indices.filter { $0 != last }.map { all[$0] })
            let error = #expect(throws: InstallError.self) { try rig.install([all[last]]) }
            guard case .cycle(let steps) = error else { return #expect(Bool(false), "\(String(describing: error))") }
            #expect(steps.map(\.name) == ["a", "c", "b", "a"])
        }
        #expect(throws: InstallError.self) { _ = try MachineRig([declare("a", collects: ["g"], joins: ["g"])]) }
    }

    @Test("a member or a user of another type than the group's is refused, with both types and where they stand")
    func types() throws {
        let edge = GroupEdge(group: "g", valueType: Int.self, site: "Key.swift:7")
        let member = declare("m", groupsJoined: [edge])
        #expect(
            throws: InstallError.groupMismatch(
                group: "g",
                provided: "()",
                at: "Graph/m.swift:1",
                by: "m",
                needed: "Int",
                neededAt: "Key.swift:7"
            )
        ) { _ = try MachineRig([member]) }

        let user = declare("c", groupsCollected: [edge])
        let mismatch = InstallError.groupMismatch(
            group: "g",
            provided: "Int",
            at: "Key.swift:7",
            by: "c",
            needed: "()",
            neededAt: "Graph/m.swift:1"
        )
        #expect(throws: mismatch) { _ = try MachineRig([declare("m", joins: ["g"]), user]) }
        var rig = try MachineRig([declare("m", joins: ["g"])])
        #expect(throws: mismatch) { try rig.install([user]) }
        #expect(
            mismatch.description == "c (Key.swift:7) has Int for the group g, which is of () (Graph/m.swift:1); "
                + "use one group key for both, of the type its members provide"
        )
        rig.started("m")
        rig.send(.uninstall(rig.id("m")))
        rig.ended("m")
        try rig.install([user])
    }

    @Test("groups show in the report by name, empty ones too, and in why and the graphs")
    func answers() throws {
        var rig = try MachineRig([
            declare("z", joins: ["g"]), declare("c", needs: ["r"], collects: ["g", "none"]), declare("r"),
            declare("m", joins: ["g"]),
        ])
        rig.started("r", "z")
        let report = rig.machine.makeReport(now: rig.now)
        #expect(report["c"]?.inputs.map(\.name) == ["r", "m", "z"])
        #expect(report["c"]?.inputs.map(\.group) == [nil, "g", "g"])
        #expect(report["c"]?.inputs.map(\.available) == [true, false, true])
        #expect(report["c"]?.groups == ["g", "none"])
        #expect(report["m"]?.memberOf == ["g"])
        #expect(report["r"]?.groups == nil)
        #expect(rig.machine.explain(rig.id("c"), now: rig.now).because.map(\.name) == ["m"])
        #expect(rig.machine.graph(.dot).contains("\"m\" -> \"c\" [style=dotted, label=\"group g\"];"))
        #expect(rig.machine.graph(.mermaid).contains("-->|\"group g\"|"))
    }

    @Test("who waits for a member that is parked before it ever ran starts at once")
    func parked() throws {
        var rig = try MachineRig([declare("c", collects: ["g"])] + self.members(2))
        rig.started("m0")
        _ = rig.take()
        rig.send(.park(rig.id("m1")))
        #expect(rig.take() == ["stop m1", "cancel start of m1", "start c"])
        #expect(rig.node("c").received == [1, 0])
        self.checkEdges(rig)
    }

    @Test("who waits for a member that waits itself starts at once when that is parked or uninstalled")
    func waitingMember() throws {
        let member = declare("m1", needs: ["x"], joins: ["g"])
        for event in [MachineEvent.park(2), .uninstall(2)] {
            var rig = try MachineRig([declare("c", collects: ["g"])] + self.members(1) + [member])
            #expect(rig.id("m1") == 2)
            rig.started("m0")
            _ = rig.take()
            rig.send(event)
            #expect(rig.take().contains("start c"))
            self.checkEdges(rig)
        }
    }

    @Test("who waits for a member that is uninstalled during its start does not wait for its end")
    func uninstalledEarly() throws {
        var rig = try MachineRig([declare("c", collects: ["g"])] + self.members(2))
        rig.started("m0")
        _ = rig.take()
        rig.send(.uninstall(rig.id("m1")))
        #expect(rig.take() == ["start c", "stop m1", "cancel start of m1"])
        rig.ended("m1", error: CancellationError())
        #expect(rig.node("c").received == [1])
        self.checkEdges(rig)
    }

    @Test("a change that takes away a member and brings another lets who needs them wait for the new one")
    func changed() throws {
        let old = declare("old", needs: ["x"], joins: ["g"])
        var rig = try MachineRig([declare("c", collects: ["g"]), old])
        _ = rig.take()
        try rig.machine.update(removing: ["old"], installing: [declare("new", joins: ["g"])], now: rig.now)
        rig.keep(rig.machine.takeActions())
        #expect(rig.take() == ["forget old", "start new"])
        rig.started("new")
        #expect(rig.take() == ["publish new", "start c"])
        self.checkEdges(rig)
    }

    @Test("a change that only takes away the member somebody waits for ends the wait")
    func removed() throws {
        let old = declare("old", needs: ["x"], joins: ["g"])
        var rig = try MachineRig([declare("c", collects: ["g"]), old])
        _ = rig.take()
        try rig.machine.update(removing: ["old"], installing: [], now: rig.now)
        rig.keep(rig.machine.takeActions())
        #expect(rig.take() == ["forget old", "start c"])
    }

    @Test("who waits for a member that is made to fail during its start does not wait for its end")
    func failedEarly() throws {
        var rig = try MachineRig([declare("c", collects: ["g"])] + self.members(2))
        rig.started("m0")
        _ = rig.take()
        rig.send(.fail(rig.id("m1"), MachineFailure(Broken())))
        #expect(rig.take() == ["stop m1", "cancel start of m1", "start c"])
    }

    @Test("a member replaced by one outside the group may need who collects it")
    func leavesGroup() throws {
        var rig = try MachineRig([declare("c", collects: ["g"]), declare("m", joins: ["g"])])
        rig.started("m", "c")
        try rig.machine.update(removing: ["m"], installing: [declare("m", needs: ["c"])], now: rig.now)
        rig.keep(rig.machine.takeActions())
        rig.ended("c", "m")
        rig.advance(.milliseconds(50))
        rig.started("c", "m")
        #expect(rig.state("m") == .ready)
        self.checkEdges(rig)
    }
}
