import NIOCore

extension PeerLink {
    /// When to dial, pause and give up one peer; knows no channel and no clock.
    struct StateMachine {
        /// Where the link stands; `failures` counts attempts since the peer last said welcome.
        enum State: Equatable {
            case idle
            case dialling(failures: Int)
            case connected(failures: Int)
            case pausing(failures: Int)
            case closed
        }

        /// What to do next.
        enum Action: Equatable {
            case none
            case dial
            /// Dial after the pause for this many failures; the first has number 1.
            case pause(failures: Int)
            case closeChannel
        }

        private(set) var state = State.idle

        var isConnected: Bool {
            if case .connected = self.state { true } else { false }
        }

        mutating func start() -> Action {
            guard case .idle = self.state else { return .none }
            self.state = .dialling(failures: 0)
            return .dial
        }

        mutating func dialled() -> Action {
            switch self.state {
            case .dialling(let failures):
                self.state = .connected(failures: failures)
                return .none
            case .closed: return .closeChannel
            case .idle, .connected, .pausing: preconditionFailure("a link dials once at a time")
            }
        }

        /// The peer took the connection: earlier failures are forgotten.
        mutating func welcomed() {
            if case .connected = self.state { self.state = .connected(failures: 0) }
        }

        /// An attempt failed or a connection ended.
        mutating func lost() -> Action {
            switch self.state {
            case .dialling(let failures), .connected(let failures):
                self.state = .pausing(failures: failures + 1)
                return .pause(failures: failures + 1)
            case .idle, .pausing, .closed: return .none
            }
        }

        /// The pause is over, or the peer was seen alive.
        mutating func wake() -> Action {
            guard case .pausing(let failures) = self.state else { return .none }
            self.state = .dialling(failures: failures)
            return .dial
        }

        mutating func close() -> Action {
            let wasConnected = self.isConnected
            self.state = .closed
            return wasConnected ? .closeChannel : .none
        }
    }
}
