import NIOConcurrencyHelpers

/// Where the answer to one request goes: once, from any thread.
///
/// The first answer counts, later ones are dropped. A reply that is let go of unanswered answers with an error by
/// itself, so that no caller waits for ever and no request is counted as running for ever.
package struct RPCReply: Sendable {
    private let slot: Slot

    /// - Parameter deliver: called exactly once, on the thread that answers.
    package init(_ deliver: @escaping @Sendable (Result<JSONValue, RPCFailure>) -> Void) {
        self.slot = Slot(deliver)
    }

    /// Answers with the method's result, an object.
    package func succeed(_ value: JSONValue = [:]) { self.slot.deliver(.success(value)) }

    /// Answers with an error.
    package func fail(_ failure: RPCFailure) { self.slot.deliver(.failure(failure)) }

    private final class Slot: Sendable {
        private let target: NIOLockedValueBox<(@Sendable (Result<JSONValue, RPCFailure>) -> Void)?>

        init(_ deliver: @escaping @Sendable (Result<JSONValue, RPCFailure>) -> Void) {
            self.target = NIOLockedValueBox(deliver)
        }

        deinit {
            self.deliver(.failure(RPCFailure(code: "", message: "the request was dropped without an answer")))
        }

        func deliver(_ result: Result<JSONValue, RPCFailure>) {
            let target = self.target.withLockedValue { target in
                defer { target = nil }
                return target
            }
            target?(result)
        }
    }
}
