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

        func admits(_ caller: EntityTag) -> Bool {
            switch self {
            case .everyone: true
            case .users: !caller.isAgent
            case .agents: caller.isAgent
            }
        }
    }

    /// How a method is carried out.
    enum Method: Sendable {
        /// On the connection's event loop: it must be quick and must not block.
        case immediate(@Sendable (FacadeCall) throws(RPCFailure) -> JSONValue)
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
    /// Tells the session that the agent lives.
    let pinged: @Sendable () -> Void
}
