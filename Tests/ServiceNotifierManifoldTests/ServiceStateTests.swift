import AgentResources
import Testing

@testable import ServiceNotifierManifold

@Suite struct ServiceStateTests {
    private func status(_ role: RaftRole, leader: Leader? = nil) -> RaftStatus {
        RaftStatus(
            id: 1,
            role: role,
            term: 7,
            commitIndex: 9,
            appliedIndex: 9,
            leader: leader,
            isServing: role == .leader
        )
    }

    @Test("ready is said once, when the log is loaded and the socket open, without waiting for a leader")
    func ready() {
        var state = ServiceState()
        #expect(state.apiServerChanged("h:1")?.ready == false)
        let ready = state.raftChanged(self.status(.candidate))
        #expect(ready == .init(ready: true, status: "serving on h:1; no leader yet"))
        #expect(state.raftChanged(nil)?.ready == false)
        #expect(
            state.raftChanged(self.status(.leader)) == .init(ready: false, status: "serving on h:1; leader of term 7")
        )
    }

    @Test("the status names who leads, and what to ask when something is down")
    func statusLine() {
        var state = ServiceState()
        #expect(state.apiServerChanged(nil)?.status == "the API server is not running: see 'why apiserver'")
        #expect(state.apiServerChanged("h:1")?.status == "serving on h:1; raft is not running: see 'why raft'")
        let follower = self.status(.follower, leader: Leader(id: 3, address: "h:3"))
        #expect(state.raftChanged(follower)?.status == "serving on h:1; following controller 3 in term 7")
    }

    @Test("nothing is said when nothing to say has changed")
    func quiet() {
        var state = ServiceState()
        _ = state.apiServerChanged("h:1")
        _ = state.raftChanged(self.status(.leader))
        #expect(state.raftChanged(self.status(.leader)) == nil)
    }
}
