/// A handle to a resource that may come and go: filled while its provider is ready, emptied when it stops or fails.
///
/// Safe from any task. Use the value at once rather than keep it: the provider is replaced without notice to you.
public struct Deferred<Value: Sendable>: Sendable {
    let source: OutputCell
    let clock: EngineClock

    /// The provider's value now, or nil while it is not ready.
    public var current: Value? {
        self.source.current?.value(as: Value.self)
    }

    /// The provider's value, waiting up to `timeout` for it; throws `InputError.timedOut`, or on cancellation.
    public func value(timeout: Duration) async throws -> Value {
        if let value = self.current { return value }
        let deadline = self.clock.now() + timeout
        let name = self.source.name
        let changes = self.changes()
        let clock = self.clock
        return try await withThrowingTaskGroup(of: Value.self) { group in
            group.addTask {
                for await case let value? in changes { return value }
                throw CancellationError()
            }
            group.addTask {
                try await clock.sleep(deadline)
                throw InputError.timedOut(name, timeout)
            }
            defer { group.cancelAll() }
            guard let first = try await group.next() else { throw CancellationError() }
            return first
        }
    }

    /// The current value and then every change; a slow reader sees only the newest.
    public func changes() -> AsyncStream<Value?> {
        let (stream, continuation) = AsyncStream.makeStream(of: Value?.self, bufferingPolicy: .bufferingNewest(1))
        let source = self.source
        let observer = source.observe { continuation.yield($0?.value(as: Value.self)) }
        continuation.onTermination = { _ in source.removeObserver(observer) }
        return stream
    }
}

extension Deferred {
    /// A handle that stands on its own, for tests of a worker that takes one.
    ///
    /// Returns the handle and the function that fills (or with nil empties) it.
    public static func standalone(
        _ value: Value? = nil,
        clock: any Clock<Duration> = ContinuousClock()
    ) -> (handle: Deferred<Value>, set: @Sendable (Value?) -> Void) {
        let cell = OutputCell(name: "standalone")
        cell.set(value.map { TypedOutput($0) })
        return (Deferred(source: cell, clock: EngineClock(clock)), { value in cell.set(value.map { TypedOutput($0) }) })
    }
}
