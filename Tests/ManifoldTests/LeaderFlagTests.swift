import AgentResources
import DependencyEngine
import Testing

@testable import LeaderFlagManifold

@Suite(.timeLimit(.minutes(1))) struct LeaderFlagTests {
    @Test("the flag is up only once this controller leads and serves, with its term")
    func ready() async throws {
        let raft = FakeRaft(id: 1, leader: nil, term: 4)
        let flag = LeaderFlagWorker(raft: raft)
        let worker = RunningWorker(flag)
        await eventually { raft.watchers == 1 }
        #expect(!worker.isReady)
        raft.lead(by: 2, term: 4)
        raft.lead(by: 1, term: 5, isServing: false)
        // The stream is read in order, so by the time a later status shows, these have been seen.
        raft.lead(by: 1, term: 6)
        await eventually { worker.isReady }
        #expect(flag.flag.term == 6)
        try await worker.stop()
    }

    @Test("losing the leadership bounces whatever needs it")
    func lost() async throws {
        let raft = FakeRaft(id: 1, leader: 1, term: 5)
        let worker = RunningWorker(LeaderFlagWorker(raft: raft))
        await eventually { worker.isReady }
        raft.lead(by: nil, term: 6)
        guard case .failure(Verdict.bounce) = await worker.end() else {
            Issue.record("expected a bounce")
            return
        }
    }

    @Test("leading in another term bounces too, even when the change in between was not seen")
    func anotherTerm() async throws {
        let raft = FakeRaft(id: 1, leader: 1, term: 5)
        let worker = RunningWorker(LeaderFlagWorker(raft: raft))
        await eventually { worker.isReady }
        raft.lead(by: 1, term: 7)
        guard case .failure(Verdict.bounce(let why)) = await worker.end() else {
            Issue.record("expected a bounce")
            return
        }
        #expect(why.contains("7"))
    }

    @Test("a controller that never leads stops quietly")
    func neverLeads() async throws {
        let raft = FakeRaft(id: 1, leader: 2, term: 5)
        let worker = RunningWorker(LeaderFlagWorker(raft: raft))
        await eventually { raft.watchers == 1 }
        try await worker.stop()
        #expect(!worker.isReady)
    }
}
