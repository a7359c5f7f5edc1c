import RPC

/// Every facade this server has; a new one is a file beside this and a line here.
struct FacadeRegistry: Sendable {
    static let all = FacadeRegistry([
        .admin, .pinger, .leadershipService, .singular, .raftLease, .lease, .cluster, .engine,
    ])

    private struct Name: Hashable {
        var facade: String
        var version: Int
    }

    private let facades: [Name: Facade]
    /// In the order of registration, for the answer to a login.
    let list: [Facade]

    init(_ facades: [Facade]) {
        self.list = facades
        self.facades = Dictionary(
            uniqueKeysWithValues: facades.map { (Name(facade: $0.name, version: $0.version), $0) }
        )
    }

    /// Finds what a request asks for, if `caller` may ask for it.
    func method(_ request: RPCRequest, for caller: EntityTag) throws(RPCFailure) -> Facade.Method {
        guard let facade = self.facades[Name(facade: request.facade, version: request.version)],
            let method = facade.methods[request.method]
        else {
            throw .notImplemented(facade: request.facade, version: request.version, method: request.method)
        }
        guard facade.audience.admits(caller) else { throw .permissionDenied }
        return method
    }
}
