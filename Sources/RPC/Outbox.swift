import NIOConcurrencyHelpers
import NIOCore

/// Carries values from any thread to one event loop: many values, one hop.
///
/// Values put in before the loop gets round to it arrive together, so a connection flushes once a turn of its loop
/// however many answers there are.
final class Outbox<Value: Sendable>: Sendable {
    private struct State: Sendable {
        var values: [Value] = []
        var isScheduled = false
        var isClosed = false
    }

    private let state = NIOLockedValueBox(State())
    private let eventLoop: any EventLoop
    private let arrived: @Sendable ([Value]) -> Void

    /// - Parameter arrived: called on `eventLoop` with everything put in so far, in order.
    init(eventLoop: any EventLoop, arrived: @escaping @Sendable ([Value]) -> Void) {
        self.eventLoop = eventLoop
        self.arrived = arrived
    }

    /// Puts one value in; false when the outbox is closed, the value then goes nowhere.
    @discardableResult
    func put(_ value: Value) -> Bool {
        let (isOpen, mustSchedule) = self.state.withLockedValue { state in
            guard !state.isClosed else { return (false, false) }
            state.values.append(value)
            defer { state.isScheduled = true }
            return (true, !state.isScheduled)
        }
        if mustSchedule {
            self.eventLoop.execute { self.deliver() }
        }
        return isOpen
    }

    /// Takes no more values and returns those not delivered.
    @discardableResult
    func close() -> [Value] {
        self.state.withLockedValue { state in
            state.isClosed = true
            defer { state.values = [] }
            return state.values
        }
    }

    private func deliver() {
        let values = self.state.withLockedValue { state in
            state.isScheduled = false
            defer { state.values = [] }
            return state.values
        }
        if !values.isEmpty { self.arrived(values) }
    }
}
