import ClusterIdentity
import NIOSSL
import RPC

extension Facade {
    /// `Admin` version 3. Its one method is the session's own business; it is here for those who are already logged in.
    static let admin = Facade(
        name: "Admin",
        version: 3,
        audience: .everyone,
        methods: ["Login": .immediate { _ throws(RPCFailure) in throw .alreadyLoggedIn }]
    )
}

/// The one request a session takes before it knows who is there.
struct Login: Sendable {
    private let tag: String
    private let token: String

    /// True for the request that logs in.
    static func isMeant(by request: RPCRequest) -> Bool {
        request.facade == "Admin" && request.version == 3 && request.method == "Login"
    }

    /// Juju's clients send more than is used here: nonce, macaroons, versions, their command line.
    init(_ parameters: JSONValue) throws(RPCFailure) {
        let fields = try Fields(parameters, knowing: nil)
        self.tag = try fields.text("auth-tag", bytes: 0...1_024) ?? ""
        self.token = try fields.text("credentials", bytes: 0...1_024) ?? ""
    }

    /// Who this is: a user with the account's own token, an agent with the token of any account, or a controller of
    /// this cluster with its certificate and nothing else.
    func caller(
        among identity: ControllerIdentity,
        certificate: NIOSSLCertificate? = nil
    ) throws(RPCFailure) -> EntityTag {
        guard let tag = EntityTag(self.tag) else { throw .wrongCredentials }
        guard tag.kind != .controller else {
            guard let certificate, let id = try? identity.peerID(of: certificate), tag.name == "\(id)" else {
                throw .wrongCredentials
            }
            return tag
        }
        let account =
            tag.isAgent
            ? identity.account(token: self.token) : identity.account(name: tag.description, token: self.token)
        guard account != nil else { throw .wrongCredentials }
        return tag
    }

    /// What a Juju client wants to know of where it has arrived.
    static func welcome(
        _ caller: EntityTag,
        route: APIRoute,
        identity: ControllerIdentity,
        version: String,
        registry: FacadeRegistry
    ) -> JSONObject {
        var answer = JSONObject()
        answer["servers"] = .array(identity.servers.map { .array([Self.address(of: $0)]) })
        if case .model(let model) = route { answer["model-tag"] = .string("model-\(model)") }
        answer["controller-tag"] = .string("controller-\(identity.clusterID)")
        if !caller.isAgent {
            var user = JSONObject()
            user["display-name"] = .string(caller.name)
            user["identity"] = .string(caller.description)
            user["controller-access"] = .string("superuser")
            user["model-access"] = .string("admin")
            answer["user-info"] = .object(user)
        }
        answer["facades"] = .array(
            registry.list.filter { $0.audience.admits(caller) }.map { facade in
                var entry = JSONObject()
                entry["name"] = .string(facade.name)
                entry["versions"] = .array([.int(Int64(facade.version))])
                return .object(entry)
            }
        )
        answer["server-version"] = .string(version)
        return answer
    }

    private static func address(of server: ClusterServer) -> JSONValue {
        var entry = JSONObject()
        let address = try? HostAndPort(server.address)
        let host = address?.host ?? server.address
        entry["value"] = .string(host)
        entry["type"] = .string(Self.kind(of: host))
        entry["scope"] = .string("local-cloud")
        entry["port"] = .int(Int64(address?.port ?? 0))
        return .object(entry)
    }

    /// Juju's word for the form of an address.
    private static func kind(of host: String) -> String {
        if host.contains(":") { return "ipv6" }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts.allSatisfy({ UInt8($0) != nil }) ? "ipv4" : "hostname"
    }
}
