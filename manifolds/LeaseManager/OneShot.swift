import NIOConcurrencyHelpers

/// A value that comes once, from whichever side is first, to one waiting task. Thread-safe.
final class OneShot<Value: Sendable>: Sendable {
    private enum State: Sendable {
        case empty
        case waiting(CheckedContinuation<Value, Never>)
        case full(Value)
    }

    private let state = NIOLockedValueBox(State.empty)

    /// Gives the value unless there is one already.
    func fulfil(_ value: Value) {
        let waiter = self.state.withLockedValue { state -> CheckedContinuation<Value, Never>? in
            switch state {
            case .full: return nil
            case .empty:
                state = .full(value)
                return nil
            case .waiting(let waiter):
                state = .full(value)
                return waiter
            }
        }
        waiter?.resume(returning: value)
    }

    /// Waits for the value; a cancelled task fulfils it with `cancelled`. One task may wait.
    func value(cancelled: Value) async -> Value {
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let value = self.state.withLockedValue { state -> Value? in
                    switch state {
                    case .full(let value): return value
                    case .waiting: preconditionFailure("a one-shot value has one reader")
                    case .empty:
                        state = .waiting(waiter)
                        return nil
                    }
                }
                if let value { waiter.resume(returning: value) }
            }
        } onCancel: {
            self.fulfil(cancelled)
        }
    }
}
