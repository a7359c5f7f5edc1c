import AgentResources
import Leases

/// How an operation reaches the leader now.
enum Route: Sendable, Hashable {
    /// This controller leads and serves.
    case here
    /// That one leads.
    case to(Leader)

    /// True when it leads to the same controller, whatever its address.
    func leads(to other: Route) -> Bool {
        switch (self, other) {
        case (.here, .here): true
        case (.to(let leader), .to(let other)): leader.id == other.id
        case (.here, .to), (.to, .here): false
        }
    }
}

/// What one look told about Raft and the ways to the leader.
struct Outlook: Sendable, Hashable {
    /// Grows with every change; from before the rest was looked up, so that no change is missed between the two.
    var generation: UInt64
    /// This controller's id, while Raft is there.
    var controller: UInt64?
    /// The way to the leader, if there is one.
    var route: Route?
    /// The local replica's, never ahead of the leader's.
    var globalTime: GlobalTime?
}
