import DependencyEngine
import Hummingbird
import Logging

extension Manifold {
    /// Serves requests. A Hummingbird application is a `Service`: the closure makes a new one for each start.
    static var http: Manifold {
        .service("http", needs: .httpSettings, .database, .engine) { settings, store, engine in
            Application(
                router: makeRouter(store, engine),
                configuration: ApplicationConfiguration(address: .hostname(settings.host, port: settings.port)),
                logger: Logger(label: "http")
            )
        }
    }
}

extension Bookmark: ResponseEncodable {}

/// The addresses the server answers.
func makeRouter(_ store: BookmarkStore, _ engine: Engine) -> Router<BasicRequestContext> {
    let router = Router()
    router.get("bookmarks") { _, _ in
        try await store.all()
    }
    router.post("bookmarks") { request, context in
        let bookmark = try await request.decode(as: Bookmark.self, context: context)
        return EditedResponse(status: .created, response: try await store.add(bookmark))
    }
    // The engine answers for itself: what runs, why something does not, and a picture of it all.
    router.get("why/:name") { _, context in
        do {
            return try await engine.why(context.parameters.require("name")).text + "\n"
        } catch let error as EngineError {
            throw HTTPError(.notFound, message: "\(error)")
        }
    }
    router.get("graph") { _, _ in
        await engine.graph(.mermaid)
    }
    return router
}
