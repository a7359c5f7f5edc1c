import AgentResources
package import DependencyEngine
import LogStore

extension Manifold {
    /// Consensus: this controller's part in the replicated log, and the leases it holds.
    ///
    /// Peers reach it through the API server's port, so that is deferred: it comes and goes without disturbing Raft.
    package static func raft(options: RaftOptions = RaftOptions()) -> Manifold {
        Manifold(
            .raft,
            needs: .dataDirectory,
            .identity,
            .operations,
            .apiServer.deferred
        ) { directory, identity, operations, apiServer in
            try await RaftWorker.open(
                directory: directory,
                identity: identity,
                operations: operations,
                apiServer: apiServer,
                options: options
            )
        } provides: {
            $0.proposals
        }
        .readiness(.signalled)
        .restart(.vital)
        .classifying { error in
            // No restart mends a log that is lost, damaged or another's; an operator must hear of it at once.
            if let error = error as? LogStoreError, !error.code.mayPass { .fatal } else { .retry }
        }
        .draining(upTo: options.handoverTimeout + .seconds(1))
    }
}
