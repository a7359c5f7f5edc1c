import Leases

/// Counts of a lease transport's doings since its worker started, and what is on its way.
package struct LeaseTransportStatistics: Sendable, Hashable {
    /// What an operation asked for.
    package enum Operation: Int, Sendable, Hashable, CaseIterable {
        case claim, extend, revoke, pin, unpin, resolve, read

        package init(_ request: Submission.Request) {
            switch request {
            case .barrier: self = .read
            case .apply(let operation):
                switch operation.command {
                case .claim: self = .claim
                case .extend: self = .extend
                case .revoke: self = .revoke
                case .pin: self = .pin
                case .unpin: self = .unpin
                case .resolve: self = .resolve
                }
            }
        }
    }

    /// How it ended for the transport.
    package enum Result: Int, Sendable, Hashable, CaseIterable {
        /// Applied, whatever the log said to it.
        case success
        /// Refused by the leader.
        case failure
        /// Refused here, or lost with a connection or a leader.
        case error
        /// Its deadline passed before it left.
        case deliveryTimeout
        /// Its deadline passed without an answer.
        case responseTimeout
    }

    /// Ends of one kind.
    package struct Ends: Sendable, Hashable {
        package var count: UInt64 = 0
        /// From being taken to being answered, all together.
        package var milliseconds: UInt64 = 0

        package init() {}
    }

    private var ends = Array(repeating: Ends(), count: Operation.allCases.count * Result.allCases.count)
    /// Requests sent to leaders; each carries many operations.
    package var requests: UInt64 = 0
    /// Operations in them.
    package var sentOperations: UInt64 = 0
    /// Requests whose answer was asked for again.
    package var repeats: UInt64 = 0
    /// Connections made beyond the first to each leader.
    package var reconnects: UInt64 = 0
    /// Operations refused here for want of room.
    package var dropped: UInt64 = 0
    /// Answers that fitted nothing that is on its way.
    package var strayAnswers: UInt64 = 0
    /// Operations waiting to be sent, now.
    package var queued = 0
    /// Operations sent and not answered, now.
    package var inFlight = 0

    package init() {}

    /// How operations of one kind ended in one way.
    package subscript(operation: Operation, result: Result) -> Ends {
        self.ends[operation.rawValue * Result.allCases.count + result.rawValue]
    }

    /// Counts one end.
    package mutating func ended(_ operation: Operation, _ result: Result, after duration: Duration) {
        let index = operation.rawValue * Result.allCases.count + result.rawValue
        self.ends[index].count += 1
        self.ends[index].milliseconds += UInt64(clamping: duration.wholeMilliseconds)
    }
}
