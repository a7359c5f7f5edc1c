import AgentResources
import ClusterIdentity
package import DependencyEngine

extension Manifold {
    /// Provides who this controller is: certificates, peers and accounts from `identity/` in the state directory.
    ///
    /// An identity that is missing, foreign or expired ends the engine: serving with it would serve nobody.
    package static var identity: Manifold {
        Manifold(.identity, needs: .dataDirectory) { directory in
            IdentityWorker(identity: try IdentityFiles(directory: directory.file("identity")).load())
        } provides: {
            $0.identity
        }
        .restart(.vital)
        .classifying { $0 is IdentityError ? .fatal : .retry }
    }
}

/// Keeps the identity that was loaded until it is asked to stop.
struct IdentityWorker: Worker {
    let identity: ControllerIdentity

    func run(_ context: WorkerContext) async throws {
        await context.stop.wait()
    }
}
