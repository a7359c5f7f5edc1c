import DependencyEngine
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle

extension Input where Self == Resource<Int> {
    /// The port the server listens on.
    static var http: Self { .init("http") }
}

extension Manifold {
    /// Serves requests; ready once its port is bound. The first closure makes a new server for each start.
    static var http: Manifold {
        .service(.http, needs: .httpSettings, .database, .engine) { settings, store, engine in
            HTTPServer(settings, makeRouter(store, engine))
        } ready: {
            try await $0.listening()
        } provides: {
            $0.port.current
        }
    }
}

/// A Hummingbird application, which is a `Service`, and the port it got. Its lines say whose they are, since its logger is
/// the engine's.
struct HTTPServer: Service {
    /// 0 until the server listens.
    let port: Watched<Int>
    private let application: any Service

    init(_ settings: Configuration.HTTP, _ router: Router<BasicRequestContext>) {
        let (port, setter) = Watched.make(0)
        self.port = port
        self.application = Application(
            router: router,
            configuration: ApplicationConfiguration(address: .hostname(settings.host, port: settings.port)),
            onServerRunning: { setter.set($0.localAddress?.port ?? settings.port) },
            logger: Logger.current
        )
    }

    func run() async throws {
        try await self.application.run()
    }

    /// Waits until the port is bound.
    func listening() async throws {
        for await port in self.port.changes() where port > 0 { return }
        throw CancellationError()
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
