import NIOCore

/// The two spellings of a message's members; an answer uses its request's.
enum RPCSpelling: Sendable, Hashable {
    /// `request-id`, `error-code`, …
    case kebab
    /// `RequestId`, `ErrorCode`, …: the protocol's old form.
    case camel
}

/// The answer to one call, as a client reads it.
struct RPCResponse: Sendable, Hashable {
    var id: UInt64
    var result: Result<JSONValue, RPCFailure>
}

/// One message of either direction.
struct RPCEnvelope: Sendable, Hashable {
    /// A message with a `type` or a `request` is a request, any other a response.
    enum Content: Sendable, Hashable {
        case request(RPCRequest)
        case response(RPCResponse)
    }

    var content: Content
    var spelling: RPCSpelling
}

/// A message that cannot be understood, with as much of it as is needed to answer.
struct RPCEnvelopeError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The `request-id`, when the message got that far; without one there is nobody to answer.
    var id: UInt64?
    var spelling: RPCSpelling
    var cause: JSONError

    var description: String { self.cause.description }
}
