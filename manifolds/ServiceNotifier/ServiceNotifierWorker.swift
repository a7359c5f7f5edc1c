import AgentResources
import DependencyEngine
import Logging
import Systemd

/// Follows Raft and the API server and passes on what the service manager should know.
struct ServiceNotifierWorker: Worker {
    let notifier: ServiceNotifier
    let raft: Deferred<any Proposals>
    let apiServer: Deferred<any APIServer>

    private enum Change: Sendable {
        case raft(RaftStatus?)
        case apiServer(String?)
    }

    func run(_ context: WorkerContext) async throws {
        let (changes, continuation) = AsyncStream.makeStream(of: Change.self, bufferingPolicy: .bufferingNewest(64))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.followRaft(continuation) }
            group.addTask {
                for await server in self.apiServer.changes() { continuation.yield(.apiServer(server?.address)) }
            }
            group.addTask {
                await context.stop.wait()
                continuation.finish()
            }
            var state = ServiceState()
            for await change in changes {
                let announcement =
                    switch change {
                    case .raft(let status): state.raftChanged(status)
                    case .apiServer(let address): state.apiServerChanged(address)
                    }
                guard let announcement, !context.stop.isDraining else { continue }
                if announcement.ready {
                    self.notifier.notify(.ready, .status(announcement.status))
                } else {
                    self.notifier.notify(.status(announcement.status))
                }
                context.logger.info("\(announcement.status)")
            }
            group.cancelAll()
        }
    }

    /// Passes on the status of each Raft that comes, until it goes.
    private func followRaft(_ changes: AsyncStream<Change>.Continuation) async {
        var following: Task<Void, Never>?
        for await raft in self.raft.changes() {
            following?.cancel()
            guard let raft else {
                changes.yield(.raft(nil))
                continue
            }
            following = Task {
                for await status in raft.statusChanges() where !Task.isCancelled { changes.yield(.raft(status)) }
            }
        }
        following?.cancel()
    }
}
