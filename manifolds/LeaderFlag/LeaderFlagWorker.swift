import AgentResources
import DependencyEngine
import Logging

/// Watches Raft's status: ready once this controller leads and serves, bounced when that term's leadership is over.
struct LeaderFlagWorker: Worker {
    let raft: any Proposals
    let flag = LeaderFlag(term: 0)

    func run(_ context: WorkerContext) async throws {
        try await context.untilStopped { try await self.watch(context) }
    }

    private func watch(_ context: WorkerContext) async throws {
        var isUp = false
        for await status in self.raft.statusChanges() {
            let serves = status.role == .leader && status.isServing
            if !isUp, serves {
                isUp = true
                self.flag.term = status.term
                context.logger.info("this controller leads", metadata: ["term": "\(status.term)"])
                context.ready()
            } else if isUp, !serves {
                throw Verdict.bounce("this controller no longer leads")
            } else if isUp, status.term != self.flag.term {
                // Two changes seen as one: whatever ran in the old term must start anew.
                throw Verdict.bounce("this controller leads in term \(status.term), not \(self.flag.term)")
            }
        }
        // The stream ends with Raft's worker, which is required: the engine's stop is on its way.
        if isUp, !Task.isCancelled { throw Verdict.bounce("raft has stopped") }
        await context.stop.wait()
    }
}
