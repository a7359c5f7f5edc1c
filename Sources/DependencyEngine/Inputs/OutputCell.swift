/// Where one provider's current value stands for everyone who holds a deferred handle to it.
///
/// One per name, as old as the first mention of the name and never replaced, so handles stay good over any number of
/// restarts. Written by the engine only.
final class OutputCell: Sendable {
    struct State {
        var value: (any Output)?
        var observers: [UInt64: @Sendable ((any Output)?) -> Void] = [:]
        var nextObserver: UInt64 = 0
    }

    let name: String
    private let state = Locked(State())

    init(name: String) {
        self.name = name
    }

    var current: (any Output)? {
        self.state.withLock { $0.value }
    }

    /// Sets or empties the value. Observers only yield into streams, so calling them under the lock keeps their order.
    func set(_ value: (any Output)?) {
        self.state.withLock { state in
            state.value = value
            for observer in state.observers.values { observer(value) }
        }
    }

    /// Calls `observer` with the current value and then with each change, in order, until it is removed.
    func observe(_ observer: @escaping @Sendable ((any Output)?) -> Void) -> UInt64 {
        self.state.withLock { state in
            let id = state.nextObserver
            state.nextObserver += 1
            state.observers[id] = observer
            observer(state.value)
            return id
        }
    }

    func removeObserver(_ id: UInt64) {
        _ = self.state.withLock { $0.observers.removeValue(forKey: id) }
    }
}
