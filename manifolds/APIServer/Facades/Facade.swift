import AgentResources
import NIOCore
import RPC

/// One named, versioned group of methods, as Juju's JSON-RPC addresses them.
struct Facade: Sendable {
    /// Who may call a facade once logged in.
    enum Audience: Sendable {
        case everyone
        /// People and programs with an account of their own, not agents.
        case users
        /// Units, applications and machines.
        case agents
        /// The agents of the controllers themselves, which Juju calls machines.
        case controllers
        /// The other controllers of this cluster, which have shown their certificates.
        case peers

        func admits(_ caller: EntityTag) -> Bool {
            switch self {
            case .everyone: true
            case .users: !caller.isAgent
            case .agents: caller.isAgent
            case .controllers: caller.kind == .machine || caller.kind == .controller
            case .peers: caller.kind == .controller
            }
        }
    }

    /// How a method is carried out.
    enum Method: Sendable {
        /// On the connection's event loop: it must be quick and must not block.
        case immediate(@Sendable (FacadeCall) throws(RPCFailure) -> JSONValue)
        /// Begun on the connection's event loop, which it must not block, and answered by callback from any thread: no
        /// task, for what comes by the ten thousand.
        case calling(@Sendable (FacadeCall, RPCReply) throws(RPCFailure) -> Void)
        /// The same for calls that mostly wait: a stop of the server answers them at once, and `FacadeCall.waits` leaves.
        case callingWait(@Sendable (FacadeCall, RPCReply) throws(RPCFailure) -> Void)
        /// In a task of the connection's, cancelled when the connection closes.
        case suspending(@Sendable (FacadeCall) async throws(RPCFailure) -> JSONValue)
        /// The same for calls that mostly wait: a stop of the server ends them at once instead of waiting too.
        case waiting(@Sendable (FacadeCall) async throws(RPCFailure) -> JSONValue)
    }

    let name: String
    let version: Int
    let audience: Audience
    let methods: [String: Method]
}

/// One call as a facade sees it.
struct FacadeCall: Sendable {
    let parameters: JSONValue
    let caller: EntityTag
    /// The model whose leases are meant when a call names none.
    let model: String
    let services: APIServices
    /// Leaves when the connection closes.
    let origin: Caller
    /// Leaves when the connection closes and when the server stops.
    let waits: Caller
    let eventLoop: any EventLoop
    /// Tells the session that the agent lives.
    let pinged: @Sendable () -> Void
}
