/// One call, as read from a message.
package struct RPCRequest: Sendable, Hashable {
    /// Chosen by the caller, at least 1; the reply carries it.
    package var id: UInt64
    /// The message's `type`.
    package var facade: String
    package var version: Int
    /// The message's `id`: which object of the facade is meant; mostly empty.
    package var entity: String
    /// The message's `request`.
    package var method: String
    /// An object; empty when the message has none.
    package var params: JSONValue

    package init(
        id: UInt64,
        facade: String,
        version: Int,
        entity: String = "",
        method: String,
        params: JSONValue = [:]
    ) {
        self.id = id
        self.facade = facade
        self.version = version
        self.entity = entity
        self.method = method
        self.params = params
    }
}

/// An error as it travels: a code programs switch on, a sentence for people, details.
package struct RPCFailure: Error, Sendable, Hashable, CustomStringConvertible {
    /// One of the protocol's codes, such as `not implemented`; empty for an error without one.
    package var code: String
    package var message: String
    /// An object with details, such as the leader's address.
    package var info: JSONValue?

    package init(code: String, message: String, info: JSONValue? = nil) {
        self.code = code
        self.message = message
        self.info = info
    }

    /// The text a client shows.
    package var description: String { self.code.isEmpty ? self.message : "\(self.message) (\(self.code))" }
}

extension RPCFailure {
    /// The answer to a facade, version or method nobody serves.
    package static func notImplemented(_ request: RPCRequest) -> RPCFailure {
        RPCFailure(
            code: "not implemented",
            message:
                "no such request - method \(request.facade)(\(request.version)).\(request.method) is not implemented"
        )
    }

    /// The answer to parameters or a message that make no sense.
    package static func notValid(_ message: String) -> RPCFailure { RPCFailure(code: "not valid", message: message) }

    /// The answer to requests that come while the server stops.
    static let shuttingDown = RPCFailure(
        code: "try again",
        message: "apiserver shutdown in progress, ask another controller"
    )
}
