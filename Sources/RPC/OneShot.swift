import NIOConcurrencyHelpers

/// A result that one task waits for and that many may try to give: the first counts.
///
/// It does not matter whether the result or the waiting comes first, which is what makes cancellation free of races.
final class OneShot<Value: Sendable>: Sendable {
    private enum State: Sendable {
        case empty
        case waiting(CheckedContinuation<Value, any Error>)
        case full(Result<Value, any Error>)
        case done
    }

    private let state = NIOLockedValueBox(State.empty)

    /// Gives the result; false when there is one already.
    @discardableResult
    func complete(_ result: Result<Value, any Error>) -> Bool {
        let (isFirst, continuation) = self.state.withLockedValue {
            state -> (Bool, CheckedContinuation<Value, any Error>?) in
            switch state {
            case .empty:
                state = .full(result)
                return (true, nil)
            case .waiting(let continuation):
                state = .done
                return (true, continuation)
            case .full, .done: return (false, nil)
            }
        }
        continuation?.resume(with: result)
        return isFirst
    }

    /// Waits for the result; to be called once.
    func value() async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            let result = self.state.withLockedValue { state -> Result<Value, any Error>? in
                switch state {
                case .empty:
                    state = .waiting(continuation)
                    return nil
                case .full(let result):
                    state = .done
                    return result
                case .waiting, .done: preconditionFailure("one result is waited for twice")
                }
            }
            if let result { continuation.resume(with: result) }
        }
    }
}
