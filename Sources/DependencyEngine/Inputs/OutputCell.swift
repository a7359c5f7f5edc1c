/// Where one provider's current value stands for everyone who may look at it later.
///
/// One per name, as old as the first mention of the name and never replaced, so handles stay good over any number of
/// restarts; and one for each live input of an instance. Written by the engine only. Nobody is called and nothing is
/// resumed under the lock: a reader's cancellation takes it while it holds locks of the reader's task, so holding it
/// while taking those would be the other order.
final class OutputCell: Sendable {
    /// What stands in the cell at one moment.
    struct Content: Sendable {
        var value: (any Output)?
        /// Of the instance that provided the value; 0 when there is none.
        var generation = 0
        /// Counts the changes of this cell.
        var version: UInt64 = 0
        /// Nothing will change any more.
        var isFinished = false

        /// Whether waiting for a value is over.
        var isAnswer: Bool { self.value != nil || self.isFinished }
    }

    /// How a wait ended.
    enum Wake: Sendable {
        case changed(Content)
        case timedOut
        case cancelled
    }

    private typealias Continuation = CheckedContinuation<Wake, Never>

    private enum Waiter {
        /// Named already, and its task is still on its way to wait.
        case coming
        /// Woken before it came.
        case over(Wake)
        case waiting(CheckedContinuation<Wake, Never>, forValue: Bool)
    }

    private struct State {
        var content = Content()
        var waiters: [UInt64: Waiter] = [:]
        var nextWaiter: UInt64 = 0
    }

    let name: String
    private let state = Locked(State())

    init(name: String) {
        self.name = name
    }

    var content: Content { self.state.withLock { $0.content } }
    var current: (any Output)? { self.state.withLock { $0.content.value } }
    var waiterCount: Int { self.state.withLock { $0.waiters.count } }

    /// Whether somebody waits, not only is about to.
    var isWaitedFor: Bool {
        self.state.withLock { state in
            state.waiters.values.contains { if case .waiting = $0 { true } else { false } }
        }
    }

    /// Whether `value` still stands here.
    func holds(_ value: any Output) -> Bool {
        self.state.withLock { $0.content.value === value }
    }

    /// Sets or empties the value and wakes whoever waited for that.
    ///
    /// - Returns: What stood there, for a caller that holds a lock of its own, so that its end does not happen under it.
    @discardableResult
    func set(_ value: (any Output)?, generation: Int) -> (any Output)? {
        self.change { content in
            content.value = value
            content.generation = value == nil ? 0 : generation
        }
    }

    /// Lets every reader go, and everyone who waits for a value; the value stays.
    func finish() {
        _ = self.change { $0.isFinished = true }
    }

    private func change(_ body: (inout Content) -> Void) -> (any Output)? {
        // The old value leaves with the result: what its end does must not happen under the lock either.
        let (old, due) = self.state.withLock { state -> ((any Output)?, (waiters: [Continuation], content: Content)?) in
            let old = state.content.value
            body(&state.content)
            state.content.version += 1
            return (old, state.waiters.isEmpty ? nil : (Self.takeDue(&state), state.content))
        }
        guard let (waiters, content) = due else { return old }
        for continuation in waiters { continuation.resume(returning: .changed(content)) }
        return old
    }

    private static func takeDue(_ state: inout State) -> [CheckedContinuation<Wake, Never>] {
        var due: [CheckedContinuation<Wake, Never>] = []
        for (id, waiter) in state.waiters {
            guard case .waiting(let continuation, let forValue) = waiter, !forValue || state.content.isAnswer else {
                continue
            }
            state.waiters[id] = nil
            due.append(continuation)
        }
        return due
    }

    /// Returns with the first content newer than `version`, or once the calling task is cancelled.
    func change(after version: UInt64) async -> Wake {
        await self.wait(self.newWaiter(), forValue: false) { $0.version != version }
    }

    /// Names a waiter for `value(_:)`, so that a timer may be set before it waits.
    func newWaiter() -> UInt64 {
        self.state.withLock { state in
            state.nextWaiter += 1
            state.waiters[state.nextWaiter] = .coming
            return state.nextWaiter
        }
    }

    /// Returns with the first content that has a value or is the last, once `waiter` was woken, or once the calling task is cancelled.
    func value(_ waiter: UInt64) async -> Wake {
        await self.wait(waiter, forValue: true) { $0.isAnswer }
    }

    private func wait(_ id: UInt64, forValue: Bool, _ isDue: @Sendable (Content) -> Bool) async -> Wake {
        await withTaskCancellationHandler {
            await withCheckedContinuation { (continuation: CheckedContinuation<Wake, Never>) in
                let wake = self.state.withLock { state -> Wake? in
                    if case .over(let wake) = state.waiters[id] {
                        state.waiters[id] = nil
                        return wake
                    }
                    if isDue(state.content) {
                        state.waiters[id] = nil
                        return .changed(state.content)
                    }
                    state.waiters[id] = .waiting(continuation, forValue: forValue)
                    return nil
                }
                if let wake { continuation.resume(returning: wake) }
            }
        } onCancel: {
            self.wake(id, .cancelled)
        }
    }

    /// Ends one wait; one that is over already hears nothing.
    func wake(_ id: UInt64, _ wake: Wake) {
        let continuation = self.state.withLock { state -> CheckedContinuation<Wake, Never>? in
            switch state.waiters[id] {
            case .waiting(let continuation, _):
                state.waiters[id] = nil
                return continuation
            case .coming:
                state.waiters[id] = .over(wake)
                return nil
            case .over, nil: return nil
            }
        }
        continuation?.resume(returning: wake)
    }
}
