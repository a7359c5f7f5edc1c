import DependencyEngine
import DependencyEngineTesting
import GRDB
import Hummingbird
import HummingbirdTesting
import Testing

@testable import Bookmarks

/// The server's graph with a database in memory, a port nobody else has, and a configuration the test sets.
private struct Fixture {
    let store: BookmarkStore
    let setter: Watched<Configuration>.Setter
    let graph: Graph

    init() throws {
        var configuration = Configuration()
        configuration.http.port = 0
        let (watched, setter) = Watched.make(configuration)
        self.setter = setter
        self.store = try BookmarkStore(DatabaseQueue())
        self.graph = try Graph.bookmarks(watching: .constant(.configuration, watched))
            .replacing(.database, with: self.store)
    }
}

@Suite(.timeLimit(.minutes(1))) struct BookmarksTests {
    @Test("the tidier removes duplicates from the database of the graph, which is another one in a test")
    func tidying() async throws {
        let fixture = try Fixture()
        for _ in 0..<3 { _ = try await fixture.store.add(Bookmark(url: "https://swift.org", title: "Swift")) }
        try await withEngine(fixture.graph.manifolds, clock: ManualClock()) { engine, _ in
            try await engine.ready(["http", "tidier"])
            while try await fixture.store.all().count > 1 {
                try Task.checkCancellation()
                await Task.yield()
            }
        }
    }

    @Test("a change of the tidier's interval starts only the tidier anew, one of the address only the HTTP server")
    func configuration() async throws {
        let fixture = try Fixture()
        try await withEngine(fixture.graph.manifolds, clock: ManualClock()) { engine, _ in
            try await engine.ready(["http", "tidier"])
            fixture.setter.update { $0.tidier.seconds = 5 }
            try await until(engine) { $0["tidier"]?.generation == 2 && $0["tidier"]?.state == .ready }
            #expect(await engine.report()["http"]?.generation == 1)
            fixture.setter.update { $0.http.host = "localhost" }
            try await until(engine) { $0["http"]?.generation == 2 && $0["http"]?.state == .ready }
            #expect(await engine.report()["tidier"]?.generation == 2)
            #expect(await engine.report()["database"]?.generation == 1)
        }
    }

    @Test("bookmarks are kept over HTTP, and the engine answers why")
    func requests() async throws {
        let fixture = try Fixture()
        try await withEngine(fixture.graph.manifolds, clock: ManualClock()) { engine, _ in
            let application = Application(router: makeRouter(fixture.store, engine))
            try await application.test(.router) { client in
                let body = ByteBuffer(string: #"{"url": "https://swift.org", "title": "Swift"}"#)
                try await client.execute(uri: "/bookmarks", method: .post, body: body) { response in
                    #expect(response.status == .created)
                }
                try await client.execute(uri: "/bookmarks", method: .get) { response in
                    #expect(String(buffer: response.body).contains("https:\\/\\/swift.org"))
                }
                try await engine.park("database")
                try await client.execute(uri: "/why/tidier", method: .get) { response in
                    #expect(String(buffer: response.body).contains("database: parked: parked on request"))
                }
                try await client.execute(uri: "/why/nobody", method: .get) { response in
                    #expect(response.status == .notFound)
                }
            }
        }
    }
}
