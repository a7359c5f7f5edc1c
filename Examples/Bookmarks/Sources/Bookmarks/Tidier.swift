import DependencyEngine
import Logging
import ServiceLifecycle

extension Manifold {
    /// Tidies up in the background.
    static var tidier: Manifold {
        .service("tidier", needs: .tidierSettings, .database) { settings, store in
            Tidier(store: store, interval: .seconds(settings.seconds))
        }
    }
}

/// Removes bookmarks of one and the same address, again and again.
struct Tidier: Service {
    let store: BookmarkStore
    let interval: Duration

    // What goes wrong is thrown: the engine logs it and starts the tidier again, later each time.
    func run() async throws {
        while !Task.isShuttingDownGracefully {
            let removed = try await self.store.removeDuplicates()
            if removed > 0 { Logger.current.info("removed \(removed) duplicates") }
            await cancelWhenGracefulShutdown { try? await Task.sleep(for: self.interval) }
        }
    }
}
