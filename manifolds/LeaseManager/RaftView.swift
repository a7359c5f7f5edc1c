import AgentResources
import DependencyEngine
import Synchronization

/// What the lease manager knows of Raft and of the transport, which come and go. Thread-safe.
final class RaftView: Sendable {
    private let raft: Deferred<any Proposals>
    private let deferredTransport: Deferred<any LeaseTransport>
    private let changes = Atomic<UInt64>(0)

    init(raft: Deferred<any Proposals>, transport: Deferred<any LeaseTransport>) {
        self.raft = raft
        self.deferredTransport = transport
    }

    /// Raft on this controller, while it runs.
    var current: (any Proposals)? { self.raft.current }

    /// What carries operations to another controller, while it runs.
    var transport: (any LeaseTransport)? { self.deferredTransport.current }

    /// Raft as it comes and goes.
    func raftChanges() -> Changes<(any Proposals)?> { self.raft.changes() }

    /// The transport as it comes and goes.
    func transportChanges() -> Changes<(any LeaseTransport)?> { self.deferredTransport.changes() }

    /// Grows with every change.
    var generation: UInt64 { self.changes.load(ordering: .sequentiallyConsistent) }

    /// Notes that a look from before now is out of date.
    func changed() { self.changes.add(1, ordering: .sequentiallyConsistent) }

    /// What is so now, with Raft as it was looked at.
    func look() -> (outlook: Outlook, raft: (any Proposals)?) {
        var outlook = Outlook(generation: self.generation)
        guard let raft = self.raft.current else { return (outlook, nil) }
        let status = raft.status
        outlook.controller = status.id
        outlook.globalTime = raft.globalTime
        if status.role == .leader {
            outlook.route = status.isServing ? .here : nil
        } else if let leader = status.leader, leader.id != status.id, self.deferredTransport.current != nil {
            outlook.route = .to(leader)
        }
        return (outlook, raft)
    }
}
