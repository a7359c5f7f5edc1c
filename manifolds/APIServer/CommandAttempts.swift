import AgentResources
import Leases

/// Commands on their way through one lease manager after the other, as a value.
///
/// A lease manager that stops gives back what it could not finish; its successor is asked with the same ids, which the
/// replicated state applies once. Nothing else is asked again here: load is the lease manager's business.
struct CommandAttempts {
    private struct Slot {
        var outcome: SubmissionOutcome
        var isFinal = false
        /// A copy may be in a log, so that no later refusal may be told as *never*.
        var mayBeSealed = false
    }

    private var commands: [IdentifiedCommand]
    private var slots: [Slot]
    /// Whether anybody was asked yet.
    private(set) var isBegun = false

    init(_ commands: [IdentifiedCommand]) {
        self.commands = commands
        self.slots = Array(repeating: Slot(outcome: .never(Refusal(.tryAgain))), count: commands.count)
    }

    /// The places to ask for, or to ask for again.
    var open: [Int] { self.slots.indices.filter { !self.slots[$0].isFinal } }

    subscript(places: [Int]) -> [IdentifiedCommand] { places.map { self.commands[$0] } }

    /// Notes what a lease manager answered for `places`.
    mutating func note(_ answers: [LeaseAnswer], of places: [Int]) {
        self.isBegun = self.isBegun || !answers.isEmpty
        for (place, answer) in zip(places, answers) {
            // Every further try is sent with what the first one was: later, its result might be forgotten already.
            self.commands[place].notAfter = answer.notAfter ?? self.commands[place].notAfter
            self.note(answer.outcome, of: place)
        }
    }

    private mutating func note(_ outcome: SubmissionOutcome, of place: Int) {
        let mayBeSealed = self.slots[place].mayBeSealed
        switch outcome {
        case .never(let refusal):
            self.slots[place].outcome = mayBeSealed ? .unknown(refusal) : outcome
            self.slots[place].isFinal = refusal.reason != .stopping
        case .unknown(let refusal):
            self.slots[place].outcome = outcome
            self.slots[place].mayBeSealed = true
            self.slots[place].isFinal = refusal.reason != .stopping
        case .applied(.expired, _) where mayBeSealed:
            // An earlier copy may have been applied and its result forgotten since.
            self.slots[place].outcome = .unknown(Refusal(.deadlineExceeded))
            self.slots[place].isFinal = true
        case .applied:
            self.slots[place].outcome = outcome
            self.slots[place].isFinal = true
        }
    }

    /// One answer a command, as far as is known.
    var answers: [LeaseAnswer] {
        zip(self.commands, self.slots).map {
            LeaseAnswer(outcome: $1.outcome, notAfter: $0.notAfter)
        }
    }
}
