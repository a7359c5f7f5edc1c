import DependencyEngine
import Testing

@testable import EnginePlugins

@Suite struct OriginTests {
    private static func worker(_ name: String, needs other: String? = nil) -> Manifold {
        guard let other else { return Manifold(name) { ClosureWorker { await $0.stop.wait() } } }
        return Manifold(name, needs: Resource<Void>(other)) { _ in ClosureWorker { await $0.stop.wait() } }
    }

    private static func plugin(_ name: String, _ manifolds: [Manifold]) -> Plugin {
        Plugin(name: name, path: "/plugins/\(name)", graph: Graph(manifolds.map { $0.from(name) }))
    }

    @Test("report, why and every graph say which plugin a manifold came from")
    func origins() async throws {
        let engine = Engine()
        try await engine.install([Self.worker("mine", needs: "theirs")])
        #expect(await engine.install([Self.plugin("x.so", [Self.worker("theirs")])]).isEmpty)
        let report = await engine.report()
        #expect(report["mine"]?.origin == "built in")
        #expect(report["theirs"]?.origin == "x.so")
        #expect(try await engine.why("mine").origin == nil)
        #expect(try await engine.why("theirs").text.hasPrefix("theirs [x.so]: waiting"))
        for format in GraphFormat.allCases { #expect(await engine.graph(format).contains("x.so")) }
    }

    @Test("a name that is only needed has no origin")
    func unknown() async throws {
        let engine = Engine()
        try await engine.install([Self.worker("mine", needs: "nobody")])
        #expect(await engine.report()["nobody"]?.origin == nil)
    }

    @Test("a plugin whose manifolds do not fit is left out whole, and the next one is not")
    func unfit() async throws {
        let engine = Engine()
        try await engine.install([Self.worker("mine", needs: "theirs")])
        let refusals = await engine.install([
            Self.plugin("x.so", [Self.worker("theirs", needs: "mine"), Self.worker("other")]),
            Self.plugin("y.so", [Self.worker("theirs")]),
        ])
        #expect(refusals.map(\.plugin) == ["x.so"])
        #expect(refusals.first?.description.contains("in a cycle") == true)
        #expect(await engine.report()["theirs"]?.origin == "y.so")
        #expect(await engine.report()["other"] == nil)
    }
}
