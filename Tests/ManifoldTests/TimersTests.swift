import AgentResources
import NIOConcurrencyHelpers
import Testing

@Suite(.timeLimit(.minutes(1))) struct TimersTests {
    let clock = VirtualClock()

    @Test("timers fire in order of their time, and only then")
    func order() async {
        let timers = Timers(clock: self.clock)
        let fired = NIOLockedValueBox<[Int]>([])
        let running = Task { await timers.run() }
        for (number, seconds) in [3, 1, 2].enumerated() {
            timers.schedule(at: self.clock.now + .seconds(seconds)) { fired.withLockedValue { $0.append(number) } }
        }
        self.clock.advance(by: .seconds(1))
        await eventually { fired.withLockedValue { $0 } == [1] }
        self.clock.advance(by: .seconds(2))
        await eventually { fired.withLockedValue { $0 } == [1, 2, 0] }
        #expect(timers.count == 0)
        running.cancel()
        await running.value
    }

    @Test("a timer set earlier than the one slept for is not late")
    func earlier() async {
        let timers = Timers(clock: self.clock)
        let fired = Counter()
        let running = Task { await timers.run() }
        timers.schedule(at: self.clock.now + .seconds(60)) {}
        await eventually { self.clock.nextWake == self.clock.now + .seconds(60) }
        timers.schedule(at: self.clock.now + .seconds(1)) { fired.add() }
        await eventually { self.clock.nextWake == self.clock.now + .seconds(1) }
        self.clock.advance(by: .seconds(1))
        await eventually { fired.value == 1 }
        running.cancel()
        await running.value
    }

    @Test("a cancelled timer does not fire, and many of them are forgotten")
    func cancelling() async {
        let timers = Timers(clock: self.clock)
        let fired = Counter()
        for _ in 0..<1_000 { timers.cancel(timers.schedule(at: self.clock.now + .seconds(1)) { fired.add(1_000) }) }
        timers.schedule(at: self.clock.now + .seconds(1)) { fired.add() }
        #expect(timers.count == 1)
        let running = Task { await timers.run() }
        self.clock.advance(by: .seconds(1))
        await eventually { fired.value > 0 }
        #expect(fired.value == 1)
        running.cancel()
        await running.value
    }

    @Test("closing fires everything, then and later: nobody waits for time that nobody keeps")
    func closing() {
        let timers = Timers(clock: self.clock)
        let fired = Counter()
        timers.schedule(at: self.clock.now + .seconds(1)) { fired.add() }
        timers.close()
        #expect(fired.value == 1)
        timers.schedule(at: self.clock.now + .seconds(1)) { fired.add() }
        #expect(fired.value == 2)
    }

    @Test("the machine's clock sleeps until an instant, and not at all for one that has passed")
    func systemClock() async throws {
        let clock = SystemUptimeClock()
        let start = clock.now
        try await clock.sleep(until: start - .seconds(1))
        try await clock.sleep(until: start + .milliseconds(5))
        #expect(clock.now - start >= .milliseconds(5))
    }
}
