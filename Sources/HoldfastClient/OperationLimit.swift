import NIOConcurrencyHelpers

/// Until when in global time an operation may be applied: chosen once, when it is first sent, and the same for every
/// retry. A later choice could outlive the result a controller remembers, and the operation be applied twice.
///
/// Shared by all copies of an operation's id. Thread-safe.
final class OperationLimit: Sendable {
    /// How long a result stays remembered beyond its caller's deadline.
    private static let margin = Duration.seconds(5)
    /// Controllers refuse what lies two minutes ahead; the rest is for an estimate that is ahead itself.
    private static let longest = Duration.seconds(90)

    private enum State: Sendable {
        case unsent
        /// `nil`: left to the controller, as no global time was known.
        case sent(Int64?)
    }

    private let state = NIOLockedValueBox(State.unsent)

    /// Whether it is still to be chosen.
    var isOpen: Bool {
        self.state.withLockedValue { if case .unsent = $0 { true } else { false } }
    }

    /// What was sent as `not-after-ms`, if anything was.
    var sent: Int64? {
        self.state.withLockedValue { if case .sent(let notAfter) = $0 { notAfter } else { nil } }
    }

    /// What to send as `not-after-ms`; the first caller chooses for all.
    func milliseconds(timeout: Duration, estimate: GlobalTimeEstimate) -> Int64? {
        self.state.withLockedValue { state in
            if case .sent(let notAfter) = state { return notAfter }
            let span = min(timeout + Self.margin, Self.longest).milliseconds(in: 0...(.max))
            let notAfter = estimate.milliseconds().flatMap { now -> Int64? in
                let (sum, overflow) = now.addingReportingOverflow(span)
                return overflow ? nil : sum
            }
            state = .sent(notAfter)
            return notAfter
        }
    }
}
