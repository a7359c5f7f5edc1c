import HoldfastClient
import Testing

@testable import leaseclaimer

@Suite struct ContenderTests {
    /// Claims of 5 s renewed every 2 s: a holder may believe for 4.7 s.
    let plan = ContenderPlan(claimTime: .seconds(5), renewTime: .seconds(2))
    let start = Instant(nanoseconds: 1_000_000_000_000)

    func at(_ milliseconds: Int) -> Instant { self.start + .milliseconds(milliseconds) }

    /// Extensions fall on odd seconds.
    func contender(_ plan: ContenderPlan? = nil) -> Contender {
        Contender(plan: plan ?? self.plan, anchor: self.at(-1_000), seed: 7)
    }

    /// Leaves the contender claiming.
    func begin(_ contender: inout Contender) {
        _ = contender.handle(.begin, now: self.at(-1_000))
        _ = contender.handle(.woke, now: self.at(0))
    }

    func granted(_ token: UInt64 = 9, sent: Int) -> ContenderEvent {
        .answered(ContenderAnswer(outcome: .applied, token: token), sent: self.at(sent))
    }

    /// A contender that was granted token 9 at 10 ms on a claim sent at the start: it believes until 4,700 ms.
    func holder(_ plan: ContenderPlan? = nil) -> Contender {
        var contender = self.contender(plan)
        self.begin(&contender)
        _ = contender.handle(self.granted(sent: 0), now: self.at(10))
        return contender
    }

    @Test("a contender begins at its anchor with a claim, giving each attempt a fifth of the claim time")
    func begins() {
        var contender = self.contender()
        #expect(contender.handle(.begin, now: self.at(-1_500)) == ContenderTurn(step: .rest(until: self.at(-1_000))))
        #expect(contender.handle(.woke, now: self.at(-1_000)) == ContenderTurn(step: .claim(timeout: .seconds(1))))
    }

    @Test("a grant is believed from the sending on, for 0.99 of it less 250 ms, and first extended on its grid")
    func grant() {
        var contender = self.contender()
        self.begin(&contender)
        let turn = contender.handle(self.granted(sent: 100), now: self.at(130))
        #expect(turn.notes == [.granted(token: 9, safeUntil: self.at(4_800))])
        #expect(turn.step == .rest(until: self.at(1_000)))
    }

    @Test(
        "the first extension is due on the grid, after the claim and within the renew time",
        arguments: [(-1_000, 1_000), (-999, 1_000), (999, 1_000), (1_000, 3_000), (7_500, 9_000)]
    )
    func firstDue(sent: Int, due: Int) {
        #expect(self.contender().firstDue(after: self.at(sent)) == self.at(due))
    }

    @Test("a grant that arrives after its own safe instant is no grant")
    func lateGrant() {
        var contender = self.contender()
        self.begin(&contender)
        let turn = contender.handle(self.granted(sent: 0), now: self.at(4_700))
        #expect(turn.notes == [.failed(.claim, reason: "granted too late")])
    }

    @Test("a denied contender waits for the release and then claims")
    func denied() {
        var contender = self.contender()
        self.begin(&contender)
        let denied = contender.handle(.answered(ContenderAnswer(outcome: .held), sent: self.at(0)), now: self.at(5))
        #expect(denied == ContenderTurn(notes: [.denied], step: .wait(timeout: .seconds(30))))
        #expect(contender.handle(.waited(free: false), now: self.at(30_005)).step == .wait(timeout: .seconds(30)))
        #expect(contender.handle(.waited(free: true), now: self.at(40_000)).step == .claim(timeout: .seconds(1)))
    }

    @Test("waits that end at once although the claim was denied are slowed down")
    func noRace() {
        var contender = self.contender()
        self.begin(&contender)
        let denial = ContenderEvent.answered(ContenderAnswer(outcome: .held), sent: self.at(0))
        _ = contender.handle(denial, now: self.at(1))
        #expect(contender.handle(.waited(free: true), now: self.at(2)).step == .claim(timeout: .seconds(1)))
        _ = contender.handle(denial, now: self.at(3))
        guard case .rest(let until) = contender.handle(.waited(free: true), now: self.at(4)).step else {
            Issue.record("it should rest")
            return
        }
        #expect(until > self.at(4))
    }

    @Test("a refused claim comes back no earlier than it was told")
    func retryAfter() {
        var contender = self.contender()
        self.begin(&contender)
        let answer = ContenderAnswer(outcome: .refused, reason: "overloaded", retryAfter: .seconds(3))
        let turn = contender.handle(.answered(answer, sent: self.at(0)), now: self.at(5))
        #expect(turn.notes == [.failed(.claim, reason: "overloaded")])
        #expect(turn.step == .rest(until: self.at(3_005)))
        #expect(contender.handle(.woke, now: self.at(3_005)).step == .claim(timeout: .seconds(1)))
    }

    @Test("extensions stay on the grid of the renew time, whatever delays one")
    func grid() {
        var contender = self.holder()
        #expect(contender.handle(.woke, now: self.at(1_000)).step == .extend(timeout: .seconds(1)))
        // Due at 1,000; granted long after the next one was due.
        let turn = contender.handle(self.granted(sent: 3_100), now: self.at(3_300))
        #expect(turn.notes == [.extended(token: 9, safeUntil: self.at(7_800))])
        #expect(turn.step == .rest(until: self.at(5_000)))
    }

    @Test("a failed extension is tried again inside the lease, even when the run is over")
    func retries() {
        var contender = self.holder()
        _ = contender.handle(.woke, now: self.at(1_000))
        let turn = contender.handle(.failed(reason: "connection lost"), now: self.at(1_500))
        #expect(turn.notes == [.failed(.extend, reason: "connection lost"), .retried])
        guard case .retry(let next) = turn.step else {
            Issue.record("it should retry")
            return
        }
        #expect(next > self.at(1_500) && next <= self.at(1_540))
        #expect(contender.handle(.woke, now: next).step == .extend(timeout: .seconds(1)))
        #expect(contender.handle(self.granted(sent: 1_600), now: self.at(1_610)).step == .rest(until: self.at(3_000)))
    }

    @Test("no attempt may outlast the holder's safe instant")
    func lastAttempt() {
        var contender = self.holder()
        _ = contender.handle(.woke, now: self.at(1_000))
        _ = contender.handle(.failed(reason: "x"), now: self.at(4_300))
        #expect(contender.handle(.woke, now: self.at(4_400)).step == .extend(timeout: .milliseconds(300)))
    }

    @Test("a holder that cannot extend before its safe instant has lost the lease, and not earlier")
    func lost() {
        var contender = self.holder()
        _ = contender.handle(.woke, now: self.at(1_000))
        let failed = contender.handle(.failed(reason: "no answer"), now: self.at(4_699))
        #expect(failed.notes == [.failed(.extend, reason: "no answer")])
        #expect(failed.step == .retry(at: self.at(4_700)))
        let lost = contender.handle(.woke, now: self.at(4_700))
        #expect(lost.notes == [.extendFailed, .lost(reason: "no answer")])
        #expect(lost.step == .claim(timeout: .seconds(1)))
    }

    @Test("a holder that slept past its safe instant has lost the lease")
    func overslept() {
        var contender = self.holder()
        let turn = contender.handle(.woke, now: self.at(5_000))
        #expect(turn.notes == [.extendFailed, .lost(reason: "came too late")])
    }

    @Test("an extension granted after the safe instant does not bring the lease back")
    func extendedTooLate() {
        var contender = self.holder()
        _ = contender.handle(.woke, now: self.at(1_000))
        let turn = contender.handle(self.granted(sent: 4_600), now: self.at(4_700))
        #expect(turn.notes == [.extendFailed, .lost(reason: "extended too late")])
    }

    @Test(
        "a holder that is told it holds the lease no more believes it at once",
        arguments: [
            ContenderAnswer(outcome: .held), ContenderAnswer(outcome: .never, reason: "not-held"),
        ]
    )
    func told(answer: ContenderAnswer) {
        var contender = self.holder()
        _ = contender.handle(.woke, now: self.at(1_000))
        let turn = contender.handle(.answered(answer, sent: self.at(1_000)), now: self.at(1_010))
        #expect(turn.notes.first == .extendFailed)
        #expect(turn.notes.count == 2)
        #expect(turn.step == .claim(timeout: .seconds(1)))
    }

    @Test("outcomes that say nothing about the holder leave it one")
    func undecided() {
        for answer in [
            ContenderAnswer(outcome: .unknown), ContenderAnswer(outcome: .refused, reason: "overloaded"),
            ContenderAnswer(outcome: .never, reason: "try-again"),
        ] {
            var contender = self.holder()
            _ = contender.handle(.woke, now: self.at(1_000))
            let turn = contender.handle(.answered(answer, sent: self.at(1_000)), now: self.at(1_010))
            #expect(turn.notes.last == .retried)
        }
    }

    @Test("at the end a holder keeps its lease, or gives it back if so planned")
    func end() {
        var keeper = self.holder()
        #expect(keeper.handle(.end, now: self.at(500)) == ContenderTurn(step: .finished))
        var giver = self.holder(
            ContenderPlan(claimTime: .seconds(5), renewTime: .seconds(2), revokesAtEnd: true)
        )
        let turn = giver.handle(.end, now: self.at(500))
        #expect(turn == ContenderTurn(notes: [.released], step: .revoke(timeout: .seconds(1))))
        #expect(giver.handle(.failed(reason: "x"), now: self.at(600)).step == .finished)
    }

    @Test("at the end those that wait or rest just stop")
    func endOfOthers() {
        var contender = self.contender()
        self.begin(&contender)
        _ = contender.handle(.answered(ContenderAnswer(outcome: .held), sent: self.at(0)), now: self.at(5))
        #expect(contender.handle(.end, now: self.at(6)) == ContenderTurn(step: .finished))
    }

    @Test("pauses grow up to a second, each between half of it and all of it")
    func backoff() {
        var backoff = Backoff(seed: 3)
        var full = TimeSpan.milliseconds(40)
        for _ in 0..<12 {
            let pause = backoff.pause()
            #expect(pause >= full * 0.5 && pause <= full)
            full = min(full * 2, .seconds(1))
        }
        backoff.reset()
        #expect(backoff.pause() <= .milliseconds(40))
    }
}
