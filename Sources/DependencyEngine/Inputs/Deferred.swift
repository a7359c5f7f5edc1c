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

    /// The provider's value now with its generation, or nil while it is not ready.
    public var stamped: Stamped<Value>? {
        Stamped(self.source.content, source: self.source)
    }

    /// The provider's value, waiting up to `timeout` for it; throws `InputError.timedOut`, or on cancellation, or
    /// `InputError.notAvailable` as soon as the engine has ended.
    ///
    /// The time is the engine's clock's. A wait that is over leaves nothing behind, neither a timer nor a place in a
    /// queue.
    public func value(timeout: Duration) async throws -> Value {
        if let value = self.current { return value }
        guard timeout > .zero else { throw InputError.timedOut(self.source.name, timeout) }
        let deadline = self.clock.now() + timeout
        let (source, clock) = (self.source, self.clock)
        let waiter = source.newWaiter()
        let timer = Task.detached(name: "wait for \(source.name)") {
            do { try await clock.sleep(deadline) } catch { return }
            source.wake(waiter, .timedOut)
        }
        defer { timer.cancel() }
        switch await source.value(waiter) {
        case .changed(let content):
            guard let value = content.value?.value(as: Value.self) else { throw InputError.notAvailable(source.name) }
            return value
        case .timedOut: throw InputError.timedOut(source.name, timeout)
        case .cancelled: throw CancellationError()
        }
    }

    /// The current value and then every change; a slow reader sees only the newest.
    ///
    /// Ends when the engine has ended, and when the reading task is cancelled.
    public func changes() -> Changes<Value?> {
        Changes(cell: self.source) { content in
            Changes.Reading(key: content.generation, element: content.value?.value(as: Value.self))
        }
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
        let generations = Locked(0)
        let cell = OutputCell(name: "standalone")
        let set = { @Sendable (value: Value?) in
            let generation = generations.withLock { last in
                last += value == nil ? 0 : 1
                return last
            }
            cell.set(value.map { TypedOutput($0) }, generation: generation)
        }
        if let value { set(value) }
        return (Deferred(source: cell, clock: EngineClock(clock)), set)
    }
}
