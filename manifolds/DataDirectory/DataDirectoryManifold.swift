import AgentResources
package import DependencyEngine

extension Manifold {
    /// Provides the agent's state directory at the absolute path `path`, locked against a second agent.
    ///
    /// A directory that is not there or is another agent's ends the engine: neither passes by itself, and waiting would
    /// only hide it.
    package static func dataDirectory(path: String) -> Manifold {
        Manifold(.dataDirectory) {
            DataDirectoryWorker(lock: try DirectoryLock(directory: path), path: path)
        } provides: {
            DataDirectory(path: $0.path)
        }
        .restart(.vital)
        .classifying { $0 is DataDirectoryError ? .fatal : .retry }
    }
}

/// Holds the lock for as long as it runs.
struct DataDirectoryWorker: Worker {
    let lock: DirectoryLock
    let path: String

    func run(_ context: WorkerContext) async throws {
        defer { self.lock.release() }
        await context.stop.wait()
    }
}
