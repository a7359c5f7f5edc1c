package import NIOCore
import RPC

/// How much patience and room one session has.
package struct SessionLimits: Sendable, Hashable {
    /// A connection that has not logged in by then is closed.
    package var loginTimeout = TimeAmount.seconds(30)
    /// An agent that has not pinged for so long is closed, as Juju does; users need not ping.
    package var pingTimeout = TimeAmount.minutes(3)
    /// After so many failed logins the connection is closed.
    package var failedLogins = 10

    package init() {}
}

extension APISession {
    /// Who is there, which calls are under way, and until when the other end must show itself.
    ///
    /// A value without effects: the session does what the answers say.
    struct StateMachine: Sendable {
        private enum State: Sendable {
            case anonymous(failedLogins: Int)
            case loggedIn(EntityTag)
            case closed
        }

        private let limits: SessionLimits
        private var state = State.anonymous(failedLogins: 0)
        /// What ends a call early.
        enum Ending: Sendable {
            case cancel(Task<Void, Never>)
            /// Answers in place of whoever was to answer.
            case answer(RPCReply)
        }

        private struct Call: Sendable {
            /// Mostly waiting, so that a stop need not wait for it.
            var isWait: Bool
            /// `nil` between the call's begin and its task's arrival.
            var ending: Ending?
        }

        private var calls: [UInt64: Call] = [:]
        private var mayWait = true
        private var nextCall: UInt64 = 0
        private var silentUntil: NIODeadline?

        init(limits: SessionLimits, now: NIODeadline) {
            self.limits = limits
            self.silentUntil = now + limits.loginTimeout
        }

        // MARK: Who is there

        /// The one who logged in, or `nil` before that.
        var caller: EntityTag? {
            switch self.state {
            case .loggedIn(let caller): caller
            case .anonymous, .closed: nil
            }
        }

        mutating func loggedIn(as caller: EntityTag, now: NIODeadline) {
            switch self.state {
            case .anonymous:
                self.state = .loggedIn(caller)
                self.silentUntil = caller.isAgent ? now + self.limits.pingTimeout : nil
            case .loggedIn, .closed: break
            }
        }

        /// True when that was one failure too many and the connection must go.
        mutating func loginFailed() -> Bool {
            switch self.state {
            case .anonymous(let failed):
                self.state = .anonymous(failedLogins: failed + 1)
                return failed + 1 >= self.limits.failedLogins
            case .loggedIn, .closed: return false
            }
        }

        // MARK: Silence

        mutating func pinged(now: NIODeadline) {
            switch self.state {
            case .loggedIn(let caller) where caller.isAgent: self.silentUntil = now + self.limits.pingTimeout
            case .anonymous, .loggedIn, .closed: break
            }
        }

        enum TimerAction: Equatable {
            case sleep(until: NIODeadline)
            case closeConnection(String)
            /// Nothing needs watching any more.
            case none
        }

        func timerFired(now: NIODeadline) -> TimerAction {
            guard let silentUntil = self.silentUntil else { return .none }
            guard silentUntil <= now else { return .sleep(until: silentUntil) }
            switch self.state {
            case .anonymous: return .closeConnection("no login in time")
            case .loggedIn: return .closeConnection("no ping in time")
            case .closed: return .none
            }
        }

        // MARK: Calls

        /// A number for a call about to start, or `nil` when it would be in vain.
        mutating func callBegins(isWait: Bool) -> UInt64? {
            if case .closed = self.state { return nil }
            if isWait, !self.mayWait { return nil }
            self.nextCall += 1
            self.calls[self.nextCall] = Call(isWait: isWait, ending: nil)
            return self.nextCall
        }

        /// False when the call must be ended at once: the connection went, or waits ended, while it was being made.
        mutating func callStarted(_ number: UInt64, _ ending: Ending) -> Bool {
            if case .closed = self.state { return false }
            // A call may be over before it is known here.
            guard let call = self.calls[number] else { return true }
            self.calls[number]?.ending = ending
            return !call.isWait || self.mayWait
        }

        mutating func callEnded(_ number: UInt64) { self.calls[number] = nil }

        /// No call may wait any more; the calls to end.
        mutating func waitsEnd() -> [Ending] {
            self.mayWait = false
            return self.calls.values.filter(\.isWait).compactMap(\.ending)
        }

        /// The calls to end.
        mutating func connectionClosed() -> [Ending] {
            self.state = .closed
            self.silentUntil = nil
            defer { self.calls = [:] }
            return self.calls.values.compactMap(\.ending)
        }

        /// How many calls are under way.
        var callsUnderWay: Int { self.calls.count }
    }
}
