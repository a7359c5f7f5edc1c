import AgentResources
import Leases
import NIOConcurrencyHelpers
import Testing

@testable import RaftManifold

@Suite struct SealedBatchesTests {
    @Test("batches are stamped with the last leader's time plus what passed since this one serves")
    func stamps() {
        var batches = SealedBatches()
        #expect(batches.globalTime(now: .seconds(1)) == nil)
        batches.serves(in: 3, globalTime: GlobalTime(milliseconds: 500), now: .seconds(10))
        #expect(batches.globalTime(now: .seconds(10)) == GlobalTime(milliseconds: 500))
        #expect(batches.globalTime(now: .milliseconds(10_250)) == GlobalTime(milliseconds: 750))
        // Told again in the same term: the base stays, or time would stand still between.
        batches.serves(in: 3, globalTime: GlobalTime(milliseconds: 700), now: .seconds(11))
        #expect(batches.globalTime(now: .seconds(11)) == GlobalTime(milliseconds: 1500))
        batches.stopsServing()
        #expect(batches.globalTime(now: .seconds(12)) == nil)
        batches.serves(in: 5, globalTime: GlobalTime(milliseconds: 900), now: .seconds(60))
        #expect(batches.globalTime(now: .seconds(61)) == GlobalTime(milliseconds: 1900))
    }

    @Test("results go to the operations in order and barriers get none")
    func answers() {
        let answers = NIOLockedValueBox<[String]>([])
        func submission(_ name: String, _ request: Submission.Request) -> Submission {
            Submission(request: request, deadline: .zero) { outcome in
                answers.withLockedValue { $0.append("\(name) \(Self.text(outcome))") }
            }
        }
        let operation = LeaseOperation(
            id: OperationID(high: 0, low: 0),
            notAfter: .zero,
            command: .revoke(LeaseKey(namespace: "", model: "", name: ""), holder: nil, force: false)
        )
        var batches = SealedBatches()
        let tag = batches.begin(
            [
                submission("a", .apply(operation)), submission("b", .barrier), submission("c", .apply(operation)),
            ],
            now: .zero
        )
        #expect(!batches.isIdle)
        batches.applied(tag: tag + 1, index: 1, results: [.revoked])
        #expect(!batches.isIdle)
        batches.applied(tag: tag, index: 7, results: [.revoked, .notHeld])
        #expect(batches.isIdle)
        #expect(answers.withLockedValue { $0 } == ["a revoked 7", "c notHeld 7", "b nil 7"])
    }

    private static func text(_ outcome: SubmissionOutcome) -> String {
        guard case .applied(let result, let index) = outcome else { return "\(outcome)" }
        return "\(result.map { "\($0)" } ?? "nil") \(index)"
    }
}
