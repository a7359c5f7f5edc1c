import RPC

extension LeaseClientError {
    /// What a controller answered instead of a result.
    init(_ failure: RPCFailure) {
        let code: Code =
            switch failure.code {
            case "unauthorized access", "forbidden": .unauthorized
            case "not valid": .notValid
            default: .refused
            }
        self.init(code, failure.message, protocolCode: failure.code, cause: failure)
    }

    /// Why there is no connection.
    init(_ error: RPCConnectError) {
        let code: Code =
            switch error.code {
            case .notTrusted: .notTrusted
            case .unreachable, .timedOut, .refused, .protocolViolation, .cancelled: .unreachable
            }
        self.init(code, error.message, cause: error)
    }

    /// Another controller may do better, or this one later.
    var isTransient: Bool {
        switch self.code {
        case .unreachable, .timedOut: true
        case .refused: self.protocolCode == "try again" || self.protocolCode == "not leader"
        default: false
        }
    }

    static func unknownReply(_ what: String) -> LeaseClientError {
        LeaseClientError(.unknownReply, "the controller's answer makes no sense: \(what)")
    }
}
