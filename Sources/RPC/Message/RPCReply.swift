import NIOConcurrencyHelpers
package import NIOCore

/// What a method answers with, an object.
package enum RPCAnswer: Sendable {
    case value(JSONValue)
    /// Appends the object's JSON, on the connection's event loop: for answers too many to be a value first, given by
    /// threads that have better to do.
    case writing(@Sendable (inout ByteBuffer) -> Void)
}

/// Where the answer to one request goes: once, from any thread.
///
/// The first answer counts, later ones are dropped. A reply that is let go of unanswered answers with an error by
/// itself, so that no caller waits for ever and no request is counted as running for ever.
package struct RPCReply: Sendable {
    private let slot: Slot

    /// - Parameter deliver: called exactly once, on the thread that answers.
    package init(_ deliver: @escaping @Sendable (Result<RPCAnswer, RPCFailure>) -> Void) {
        self.slot = Slot(deliver)
    }

    /// Answers with the method's result, an object.
    package func succeed(_ value: JSONValue = [:]) { self.slot.deliver(.success(.value(value))) }

    /// Answers with the method's result, the JSON of an object, which `write` appends when the connection asks for it.
    package func succeed(writing write: @escaping @Sendable (inout ByteBuffer) -> Void) {
        self.slot.deliver(.success(.writing(write)))
    }

    /// Answers with an error.
    package func fail(_ failure: RPCFailure) { self.slot.deliver(.failure(failure)) }

    /// Answers with what another reply was given.
    package func complete(_ result: Result<RPCAnswer, RPCFailure>) { self.slot.deliver(result) }

    private final class Slot: Sendable {
        private let target: NIOLockedValueBox<(@Sendable (Result<RPCAnswer, RPCFailure>) -> Void)?>

        init(_ deliver: @escaping @Sendable (Result<RPCAnswer, RPCFailure>) -> Void) {
            self.target = NIOLockedValueBox(deliver)
        }

        deinit {
            self.deliver(.failure(RPCFailure(code: "", message: "the request was dropped without an answer")))
        }

        func deliver(_ result: Result<RPCAnswer, RPCFailure>) {
            let target = self.target.withLockedValue { target in
                defer { target = nil }
                return target
            }
            target?(result)
        }
    }
}

extension RPCAnswer {
    /// The answer as a value, whichever way it was made.
    package var value: JSONValue {
        get throws(JSONError) {
            switch self {
            case .value(let value): return value
            case .writing(let write):
                var text = ByteBuffer()
                write(&text)
                return try JSONValue.parse(text, limits: JSONLimits(maximumBytes: .max))
            }
        }
    }
}
