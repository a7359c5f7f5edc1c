import AgentResources
import Leases
import Testing

@testable import APIServerManifold

@Suite struct CommandAttemptsTests {
    private static let key = LeaseKey(namespace: "n", model: "m", name: "db")

    /// What is told in the end when a command meets these outcomes one after the other.
    private func told(_ outcomes: [SubmissionOutcome]) -> SubmissionOutcome? {
        var attempts = CommandAttempts([
            IdentifiedCommand(
                id: OperationID(high: 1, low: 2),
                command: .claim(Self.key, holder: "a", milliseconds: 2_000)
            )
        ])
        for outcome in outcomes {
            #expect(attempts.open == [0], "\(outcome) comes after a final one")
            attempts.note([LeaseAnswer(outcome: outcome)], of: attempts.open)
        }
        return attempts.answers.first?.outcome
    }

    @Test("a command nobody took is in no log")
    func untaken() {
        #expect(self.told([]) == .never(Refusal(.tryAgain)))
    }

    @Test(
        "only what a stopping lease manager gave back stays open",
        arguments: [
            .never(Refusal(.overloaded)), .never(Refusal(.tryAgain)), .unknown(Refusal(.tryAgain)),
            .applied(.notHeld, index: 1),
        ]
            as [SubmissionOutcome]
    )
    func final(outcome: SubmissionOutcome) {
        var attempts = CommandAttempts([
            IdentifiedCommand(id: OperationID(high: 1, low: 2), command: .pin(Self.key, entity: "a"))
        ])
        attempts.note([LeaseAnswer(outcome: outcome)], of: [0])
        #expect(attempts.open.isEmpty)
        #expect(self.told([.never(Refusal(.stopping)), outcome]) == outcome)
    }

    @Test("what may be in a log is never called never")
    func sealed() {
        let stopping = SubmissionOutcome.unknown(Refusal(.stopping))
        #expect(self.told([stopping, .never(Refusal(.stopping))]) == stopping)
        #expect(self.told([stopping, .never(Refusal(.overloaded))]) == .unknown(Refusal(.overloaded)))
        #expect(self.told([stopping, .applied(.expired, index: 3)]) == .unknown(Refusal(.deadlineExceeded)))
        #expect(self.told([stopping, .applied(.notHeld, index: 3)]) == .applied(.notHeld, index: 3))
    }

    @Test("guarantee 3: the notAfter a command was first sent with is used for every further try")
    func notAfter() {
        let command = IdentifiedCommand(id: OperationID(high: 1, low: 2), command: .pin(Self.key, entity: "a"))
        var attempts = CommandAttempts([command])
        let stopping = SubmissionOutcome.unknown(Refusal(.stopping))
        attempts.note([LeaseAnswer(outcome: stopping)], of: [0])
        #expect(attempts[[0]].first?.notAfter == nil)
        let notAfter = GlobalTime(milliseconds: 9)
        attempts.note([LeaseAnswer(outcome: stopping, notAfter: notAfter)], of: [0])
        #expect(attempts[[0]].first?.notAfter == notAfter)
        attempts.note([LeaseAnswer(outcome: stopping)], of: [0])
        #expect(attempts[[0]].first?.notAfter == notAfter)
    }

    @Test("of several commands only the open ones are asked again, with their ids")
    func several() {
        let commands = (1...3).map {
            IdentifiedCommand(id: OperationID(high: 0, low: $0), command: .pin(Self.key, entity: "a"))
        }
        var attempts = CommandAttempts(commands)
        let outcomes: [SubmissionOutcome] = [
            .never(Refusal(.stopping)), .applied(.pinned(true), index: 1), .unknown(Refusal(.stopping)),
        ]
        attempts.note(outcomes.map { LeaseAnswer(outcome: $0) }, of: attempts.open)
        #expect(attempts.open == [0, 2])
        #expect(attempts[attempts.open].map(\.id.low) == [1, 3])
    }
}
