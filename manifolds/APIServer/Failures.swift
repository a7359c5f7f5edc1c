import AgentResources
import RPC

// The failures clients tell apart by their code. Codes and, where Juju's clients look at it, texts are Juju's.
extension RPCFailure {
    /// As the library's own, but a client's words come back shortened.
    static func notImplemented(facade: String, version: Int, method: String) -> RPCFailure {
        RPCFailure(
            code: "not implemented",
            message:
                "no such request - method \(facade.excerpt)(\(version)).\(method.excerpt) is not implemented"
        )
    }

    /// Before login, everything but the login.
    static let notLoggedIn = RPCFailure(
        code: "unauthorized access",
        message: "not logged in: call Admin version 3 Login first"
    )

    /// One text for an unknown name and a wrong token, so that names cannot be guessed.
    static let wrongCredentials = RPCFailure(
        code: "unauthorized access",
        message: "invalid entity name or password"
    )

    static let permissionDenied = RPCFailure(code: "unauthorized access", message: "permission denied")

    /// Juju gives it no code.
    static let alreadyLoggedIn = RPCFailure(code: "", message: "already logged in")

    static func unknownModel(_ model: String) -> RPCFailure {
        RPCFailure(code: "model not found", message: "unknown model: \"\(model.excerpt)\"")
    }

    static let stopping = RPCFailure(
        code: "try again",
        message: "try again: this controller is stopping, ask another one"
    )

    /// Nobody could answer before the call's deadline.
    static func tryAgain(_ reason: Refusal.Reason) -> RPCFailure {
        RPCFailure(
            code: "try again",
            message: "try again: leases cannot be reached now (\(reason.rawValue))"
        )
    }

    /// Another controller leads; Juju's clients read the details.
    static func notLeader(_ leader: Leader?) -> RPCFailure {
        var info = JSONObject()
        info["server-address"] = .string(leader?.address ?? "")
        info["server-id"] = .string(leader.map { "\($0.id)" } ?? "")
        return RPCFailure(code: "not leader", message: "not leader", info: .object(info))
    }

    /// The connection is closing: nobody will read this.
    static let cancelled = RPCFailure(code: "stopped", message: "the connection is closing")
}

extension RPCFailure {
    /// How an error looks inside a result.
    var asJSON: JSONValue {
        var error = JSONObject()
        error["message"] = .string(self.message)
        error["code"] = .string(self.code)
        error["info"] = self.info
        return .object(error)
    }

    /// A result that is nothing but an error.
    var asItem: JSONObject { ["error": self.asJSON] }
}

extension String {
    /// At most 64 characters, for naming a client's own words in an answer without sending back all it sent.
    var excerpt: String {
        let limit = 64
        guard let end = self.index(self.startIndex, offsetBy: limit, limitedBy: self.endIndex), end < self.endIndex
        else { return self }
        return "\(self[..<end])…"
    }
}
