/// One unit of an application as Juju's tool drives it, as a value: it claims the leadership, renews it, and when it is
/// denied blocks until it is released. Any error ends it.
struct JujuHolder: Sendable, Hashable {
    enum State: Sendable, Hashable {
        case idle
        case claiming
        case resting
        case blocking
        case ended
    }

    enum Event: Sendable, Hashable {
        /// Its connection is there, or its rest is over, or the leadership was released.
        case ready
        case granted
        case denied
        case released
        case failed(String)
    }

    /// What is to be done next.
    enum Step: Sendable, Hashable {
        case claim
        case rest
        case block
        /// The connection is closed.
        case end
    }

    /// What is worth a line.
    enum Note: Sendable, Hashable {
        case claimed
        /// With how long it has been held.
        case extended(TimeSpan)
        case lost(TimeSpan)
        case denied
        case unblocked
        case blockFailed(String)
        case claimFailed(String)
    }

    private(set) var state = State.idle
    /// When it became the leader.
    private(set) var since: Instant?

    /// Takes one event; a step and a note, or nothing when the event does not concern it any more.
    mutating func handle(_ event: Event, now: Instant) -> (step: Step, note: Note?)? {
        switch (self.state, event) {
        case (.idle, .ready), (.resting, .ready):
            self.state = .claiming
            return (.claim, nil)
        case (.claiming, .granted):
            self.state = .resting
            guard let since = self.since else {
                self.since = now
                return (.rest, .claimed)
            }
            return (.rest, .extended(now - since))
        case (.claiming, .denied):
            self.state = .blocking
            let since = self.since
            self.since = nil
            return (.block, since.map { .lost(now - $0) } ?? .denied)
        case (.blocking, .released):
            self.state = .claiming
            return (.claim, .unblocked)
        case (.claiming, .failed(let reason)):
            self.state = .ended
            return (.end, .claimFailed(reason))
        case (.blocking, .failed(let reason)):
            self.state = .ended
            return (.end, .blockFailed(reason))
        default: return nil
        }
    }
}
