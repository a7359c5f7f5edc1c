import Leases
import Testing

@Suite struct ClockBaseTests {
    @Test("guarantee 2: the lease clock goes on where it stood, and never runs ahead of the leader's own")
    func neverFaster() {
        let base = ClockBase(globalTime: GlobalTime(milliseconds: 500), now: .milliseconds(10_000) + .microseconds(900))
        #expect(base.globalTime(at: .milliseconds(10_000) + .microseconds(900)) == GlobalTime(milliseconds: 500))
        // A part of a millisecond has not passed, although the clock's own millisecond has changed.
        #expect(base.globalTime(at: .milliseconds(10_001)) == GlobalTime(milliseconds: 500))
        #expect(base.globalTime(at: .milliseconds(10_001) + .microseconds(900)) == GlobalTime(milliseconds: 501))
        #expect(base.globalTime(at: .seconds(70)) == GlobalTime(milliseconds: 500 + 59_999))
    }

    @Test("guarantee 2: a clock that went back does not take the lease clock with it")
    func neverBack() {
        let base = ClockBase(globalTime: GlobalTime(milliseconds: 500), now: .seconds(10))
        #expect(base.globalTime(at: .seconds(9)) == GlobalTime(milliseconds: 500))
    }

    @Test("guarantee 2: the lease clock stops at its end instead of starting anew")
    func saturates() {
        let base = ClockBase(globalTime: GlobalTime(milliseconds: .max - 1), now: .zero)
        #expect(base.globalTime(at: .seconds(1)) == .distantFuture)
    }
}
