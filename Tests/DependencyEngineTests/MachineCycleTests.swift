import Testing

@testable import DependencyEngine

@Suite struct MachineCycleTests {
    private func path(_ batches: [[MachineDeclaration]]) throws -> [String]? {
        var rig = try MachineRig()
        for batch in batches {
            do {
                try rig.install(batch)
            } catch InstallError.cycle(let steps) {
                #expect(steps.allSatisfy { !$0.site.isEmpty })
                return steps.map(\.name)
            }
        }
        return nil
    }

    @Test("a cycle's path starts at its smallest name, whatever the order of installation")
    func deterministic() throws {
        let ring = [declare("c", needs: ["a"]), declare("a", needs: ["b"]), declare("b", needs: ["c"])]
        let bystanders = [declare("0", needs: ["a"]), declare("z")]
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<50 {
            let order = (ring + bystanders).shuffled(using: &generator)
            #expect(try self.path([order]) == ["a", "b", "c", "a"])
            #expect(try self.path(order.map { [$0] }) == ["a", "b", "c", "a"])
        }
    }

    @Test("the error names where each manifold of the cycle was declared")
    func sites() throws {
        var rig = try MachineRig([declare("a", needs: ["b"], site: "M/A.swift:3")])
        let error = #expect(throws: InstallError.self) {
            try rig.install([declare("b", needs: ["a"], site: "M/B.swift:9")])
        }
        #expect(
            error?.description
                == "manifolds need each other in a cycle: a (M/A.swift:3) → b (M/B.swift:9) → a (M/A.swift:3); "
                + "make one of these inputs deferred"
        )
    }

    @Test("a manifold that needs itself is a cycle")
    func selfLoop() throws {
        #expect(try self.path([[declare("a", needs: ["a"])]]) == ["a", "a"])
    }

    @Test("a cycle is refused even when it closes over a name that was not installed before")
    func closesLater() throws {
        #expect(try self.path([[declare("a", needs: ["b"])], [declare("b", needs: ["a"])]]) == ["a", "b", "a"])
    }

    @Test("an optional input counts in a cycle, a deferred one does not")
    func kinds() throws {
        #expect(try self.path([[declare("a", needs: ["b"]), declare("b", optional: ["a"])]]) == ["a", "b", "a"])
        #expect(try self.path([[declare("a", needs: ["b"]), declare("b", deferred: ["a"])]]) == nil)
    }

    @Test("a tangled graph without a cycle installs; one more edge is refused and leaves it untouched")
    func tangled() throws {
        let names = (0..<30).map { "m\(String($0 + 10))" }
        let graph = names.indices.map { index in
            declare(names[index], needs: names[..<index].filter { _ in index % 3 != 1 })
        }
        var rig = try MachineRig(graph)
        let count = rig.machine.nodes.count
        try rig.install([declare("x", needs: [names[29], "y"])])
        #expect(throws: InstallError.self) { try rig.install([declare("y", needs: ["x"])]) }
        #expect(rig.machine.nodes.count == count + 2)
        #expect(rig.state("y") == .unknown)
    }

    @Test("a provider of another type than needed is refused, whichever came first")
    func types() throws {
        let provider = MachineDeclaration(name: "a", site: "A", edges: [], outputType: Int.self)
        let user = MachineDeclaration(
            name: "b",
            site: "B",
            edges: [InputEdge(name: "a", kind: .deferred, valueType: String.self)],
            outputType: Void.self
        )
        let expected = InstallError.typeMismatch(name: "a", provided: "Int", needed: "String", by: "b")
        #expect(throws: expected) { _ = try MachineRig([provider, user]) }
        var first = try MachineRig([user])
        #expect(throws: expected) { try first.install([provider]) }
        var second = try MachineRig([provider])
        #expect(throws: expected) { try second.install([user]) }
    }
}
