import NIOConcurrencyHelpers

/// Whether new logins, calls and peers are taken; closed once, when the agent begins to stop. Thread-safe.
final class ServiceGate: Sendable {
    private struct State {
        var isOpen = true
        var waits: [UInt64: @Sendable () -> Void] = [:]
    }

    private let state = NIOLockedValueBox(State())

    var isOpen: Bool { self.state.withLockedValue { $0.isOpen } }

    /// Registers how to end the waits of the connection `id` once the gate closes; not called when it already has.
    func add(_ id: UInt64, endWaits: @escaping @Sendable () -> Void) {
        self.state.withLockedValue { $0.waits[id] = endWaits }
    }

    func remove(_ id: UInt64) { self.state.withLockedValue { $0.waits[id] = nil } }

    /// Refuses what is new from here on, and ends the calls that only wait, so that their callers ask elsewhere.
    func close() {
        let waits = self.state.withLockedValue { state in
            state.isOpen = false
            defer { state.waits = [:] }
            return Array(state.waits.values)
        }
        for endWaits in waits { endWaits() }
    }
}
