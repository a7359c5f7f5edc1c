import DependencyEngine
import DependencyEngineTesting
import Testing

private func named(_ name: String) -> Manifold {
    Manifold(name) { ClosureWorker { await $0.stop.wait() } }
}

/// Writes down what it was given, which becomes its output.
private func noting(_ journal: Journal, _ resource: Resource<String>, needs input: Resource<String>) -> Manifold {
    Manifold(resource, needs: input) { value in
        journal.append("\(resource.name) got \(value)")
        return Recording(name: resource.name, journal: journal)
    } provides: {
        $0.name
    }
}

@Suite(.timeLimit(.minutes(1))) struct GraphTests {
    @Test(
        "a graph is written as a list of manifolds, arrays and graphs, with if, else and for",
        arguments: [true, false]
    )
    func building(isLarge: Bool) {
        let part = Graph { named("part") }
        let graph = Graph {
            named("first")
            [named("second"), named("third")]
            part
            if isLarge { named("large") }
            if isLarge {
                named("either")
            } else {
                named("or")
            }
            for index in 0..<2 { named("loop-\(index)") }
        }
        let expected =
            ["first", "second", "third", "part"] + (isLarge ? ["large", "either"] : ["or"]) + ["loop-0", "loop-1"]
        #expect(graph.names == expected)
    }

    @Test("a graph grows and shrinks as a value, each manifold keeping where it was declared")
    func value() throws {
        let graph = Graph {
            named("x")
            named("y")
        }
        let grown = graph.adding { named("z") }
        #expect(grown.names == ["x", "y", "z"])
        #expect(graph.names == ["x", "y"])
        #expect(try grown.removing("y").names == ["x", "z"])
        #expect(grown.manifolds.allSatisfy { $0.site == graph.manifolds[0].site })
        let replaced = try graph.replacing(.constant(Resource<Int>("y"), 1, fileID: "Other/File.swift", line: 7))
        #expect(replaced.manifolds.map(\.site) == [graph.manifolds[0].site, "Other/File.swift:7"])
    }

    @Test("replacing or removing a name that is not in the graph throws, with the names that are")
    func misspelt() {
        let graph = Graph {
            named("database")
            named("cache")
        }
        let expected = GraphError.notInGraph("databose", among: ["cache", "database"])
        #expect(throws: expected) { try graph.replacing(Resource<Int>("databose"), with: 1) }
        #expect(throws: expected) { try graph.replacing(named("databose")) }
        #expect(throws: expected) { try graph.removing("databose") }
        #expect("\(expected)" == "no manifold of this graph is called databose; it has cache, database")
        #expect("\(GraphError.notInGraph("a", among: []))".hasSuffix("it has none"))
    }

    @Test("a test replaces one resource of a graph by a value, and what needs it gets that")
    func replaced() async throws {
        let journal = Journal()
        let graph = Graph {
            recordingChain(journal)[0]
            noting(journal, .b, needs: .a)
        }
        let tested = try graph.replacing(.a, with: "a fake")
        try await withEngine(tested.manifolds) { engine, _ in
            try await engine.ready(.a, .b)
            #expect(journal.lines == ["b got a fake", "run b"] || journal.lines == ["b got a fake"])
            #expect(
                await engine.report()["a"]?.declaredAt?.hasPrefix("DependencyEngineTests/GraphTests.swift:") == true
            )
            #expect(await engine.report()["a"]?.state == .ready)
        }
        #expect(journal.count("run a") == 0)
    }

    @Test("replacing by a value of another type is refused at install, as any declaration would be")
    func wrongType() async throws {
        let graph = try Graph(recordingChain(Journal())).replacing(Resource<Int>("a"), with: 1)
        let engine = Engine(clock: ManualClock())
        await #expect(throws: InstallError.typeMismatch(name: "a", provided: "Int", needed: "String", by: "b")) {
            try await engine.install(graph)
        }
    }

    @Test("an engine is made with its graph, and installs more of them while it runs")
    func inEngine() async throws {
        let journal = Journal()
        let engine = try await Engine(clock: ManualClock()) { Manifold.constant(.a, "one") }
        let run = Task { try await engine.run() }
        try await engine.ready(.a)
        try await engine.install { noting(journal, .b, needs: .a) }
        try await engine.install(Graph { noting(journal, .c, needs: .b) })
        try await engine.ready(.a, .b, .c)
        #expect(journal.count("b got one") == 1)
        engine.shutdown()
        try await run.value
        await #expect(throws: InstallError.self) {
            try await Engine {
                named("x")
                named("x")
            }
        }
    }

    @Test("waiting for resources ends with the engine")
    func readyEnds() async throws {
        let engine = try await Engine(clock: ManualClock()) { Manifold.constant(.a, "one") }
        let run = Task { try await engine.run() }
        try await engine.ready(.a)
        let waiting = Task { try await engine.ready(.a, .b) }
        engine.shutdown()
        try await run.value
        await #expect(throws: EngineError.self) { try await waiting.value }
    }
}

@Suite(.timeLimit(.minutes(1))) struct UpdateTests {
    @Test("a running engine takes a change of its graph in one step, and what stays gets the new output")
    func update() async throws {
        let journal = Journal()
        let graph = Graph {
            Manifold.constant(.a, "old")
            noting(journal, .b, needs: .a)
            noting(journal, .c, needs: .b)
        }
        try await withEngine(graph.manifolds) { engine, _ in
            try await engine.ready(.a, .b, .c)
            try await engine.update(removing: ["a", "c"], installing: Graph { Manifold.constant(.a, "new") })
            try await engine.settled()
            #expect(await engine.report().manifolds.map(\.name) == ["a", "b"])
            try await engine.ready(.a, .b)
            #expect(journal.lines.filter { $0.contains("got") } == ["b got old", "c got b", "b got new"])
            let endings = journal.lines.filter { $0.hasPrefix("end") }
            #expect(endings == ["end c", "end b"])
        }
    }

    @Test("a refused change leaves a running engine as it was")
    func refused() async throws {
        try await withEngine(recordingChain(Journal())) { engine, _ in
            try await engine.ready(.a, .b, .c)
            await #expect(throws: InstallError.notInstalled("d")) {
                try await engine.update(removing: ["a", "d"], installing: Graph { Manifold.constant(.a, "new") })
            }
            #expect(await engine.report().manifolds.allSatisfy { $0.generation == 1 && $0.state == .ready })
        }
    }
}
