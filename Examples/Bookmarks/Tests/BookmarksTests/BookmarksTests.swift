import DependencyEngine
import DependencyEngineTesting
import Foundation
import Testing

import class GRDB.DatabaseQueue

@testable import Bookmarks

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The server's graph with a database in memory, a free port, and a configuration the test sets.
private struct Fixture {
    let store: BookmarkStore
    let setter: Watched<Configuration>.Setter
    /// The port the server got, once `client` is ready.
    let port: Watched<Int>
    let graph: Graph

    init() throws {
        var configuration = Configuration()
        configuration.http.port = 0
        let (watched, setter) = Watched.make(configuration)
        let (port, portSetter) = Watched.make(0)
        self.setter = setter
        self.port = port
        self.store = try BookmarkStore(DatabaseQueue())
        self.graph = try Graph.bookmarks(watching: .constant(.configuration, watched))
            .replacing(.database, with: self.store)
            .adding {
                Manifold("client", needs: .http) { port in
                    portSetter.set(port)
                    return ClosureWorker { await $0.stop.wait() }
                }
            }
    }

    /// Sends a request to the server: GET, or POST when there is a body.
    func request(_ path: String, body: String? = nil) async throws -> (status: Int, text: String) {
        var request = URLRequest(url: try #require(URL(string: "http://127.0.0.1:\(self.port.current)/\(path)")))
        if let body {
            request.httpMethod = "POST"
            request.httpBody = Data(body.utf8)
            request.setValue("application/json", forHTTPHeaderField: "content-type")
        }
        let (data, response) = try await URLSession.shared.data(for: request)
        return (try #require(response as? HTTPURLResponse).statusCode, String(decoding: data, as: UTF8.self))
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
            try await engine.ready(["client"])
            let added = try await fixture.request("bookmarks", body: #"{"url": "https://swift.org", "title": "Swift"}"#)
            #expect(added.status == 201)
            #expect(try await fixture.request("bookmarks").text.contains("swift.org"))

            try await engine.park("tidier")
            #expect(try await fixture.request("why/tidier").text.contains("tidier: parked: parked on request"))
            #expect(try await fixture.request("why/nobody").status == 404)
        }
    }

    @Test("the server is ready when its port is bound, and a taken port is what why answers")
    func taken() async throws {
        let first = try Fixture()
        try await withEngine(first.graph.manifolds, clock: ManualClock()) { engine, _ in
            try await engine.ready(["client"])
            let second = try Fixture()
            second.setter.update { $0.http.port = first.port.current }
            try await withEngine(second.graph.manifolds, clock: ManualClock()) { engine, _ in
                try await until(engine) { $0["http"]?.state == .backingOff }
                let why = try await engine.why("client").text
                #expect(why.contains("http: backing-off") && why.contains("in use"), "\(why)")
            }
        }
    }
}
