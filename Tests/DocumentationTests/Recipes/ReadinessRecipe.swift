import DependencyEngine
import DependencyEngineTesting
import Synchronization
import Testing

/// An index that takes its time to load.
final class SearchIndex: Sendable {
    private let isLoaded = Atomic(false)

    func load() { self.isLoaded.store(true, ordering: .releasing) }

    func check() throws {
        if !self.isLoaded.load(ordering: .acquiring) { throw NotLoaded() }
    }
}

struct NotLoaded: Error, CustomStringConvertible {
    var description: String { "the index is not loaded" }
}

/// Runs at once, and answers when its index is loaded.
struct Search: Worker {
    let index: SearchIndex

    func run(_ context: WorkerContext) async throws { await context.stop.wait() }
}

extension Manifold {
    static func search(_ index: SearchIndex) -> Manifold {
        Manifold("search") {
            Search(index: index)
        } ready: { search in
            try search.index.check()
        }
        .readiness(.probed(every: .seconds(1), within: .seconds(300)))
    }
}

@Suite(.timeLimit(.minutes(1))) struct ReadinessRecipe {
    @Test("who needs a worker with a probe waits until the probe passes, and why tells what it fails with")
    func probe() async throws {
        let index = SearchIndex()
        let page = Manifold("page", needs: Resource<Void>("search")) { _ in Idle() }
        try await withEngine([.search(index), page]) { engine, clock in
            try await until(engine) { $0["search"]?.state == .started }
            // A try that fails is no change of a manifold.
            while try await engine.why("search").reason == "its probe has not answered yet" {
                try Task.checkCancellation()
                await Task.yield()
            }
            let why = try await engine.why("page").text
            let expected = """
                page: waiting: waits for search
                └─ search: started: its probe fails: the index is not loaded
                """
            #expect(why == expected)
            index.load()
            clock.advance(by: .seconds(1))
            try await engine.ready(["page"])
        }
    }
}
