import NIOConcurrencyHelpers

/// Collects values from any thread.
final class Recorder<Value: Sendable>: Sendable {
    private let box = NIOLockedValueBox<[Value]>([])

    var values: [Value] { self.box.withLockedValue { $0 } }

    func append(_ value: Value) { self.box.withLockedValue { $0.append(value) } }
}
