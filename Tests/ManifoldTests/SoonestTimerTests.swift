import AgentResources
import Testing

@Suite(.timeLimit(.minutes(1))) struct SoonestTimerTests {
    private let clock = VirtualClock()

    @Test("the earliest instant asked for counts, later ones set nothing, and what has fired is armed anew")
    func earliest() async {
        let timers = Timers(clock: self.clock)
        let timer = SoonestTimer(timers)
        let fired = Counter()
        let running = Task { await timers.run() }
        let start = self.clock.now
        for seconds in [5, 9, 2, 3] { timer.arm(start + .seconds(seconds)) { fired.add() } }
        timer.arm(nil) { fired.add(100) }
        #expect(timers.count == 1)
        for (passed, expected) in [(1, 0), (1, 1), (7, 1)] {
            self.clock.advance(by: .seconds(passed))
            await eventually { timers.isSettled && fired.value >= expected }
            #expect(fired.value == expected)
        }
        timer.arm(start + .seconds(12)) { fired.add() }
        self.clock.advance(by: .seconds(3))
        await eventually { fired.value == 2 }
        running.cancel()
        await running.value
    }

    @Test("armed from many threads, it fires as early as any of them asked for")
    func concurrent() async {
        for round in 0..<50 {
            let timers = Timers(clock: self.clock)
            let timer = SoonestTimer(timers)
            let fired = Counter()
            let running = Task { await timers.run() }
            let start = self.clock.now
            await withTaskGroup(of: Void.self) { group in
                for number in 1...16 {
                    group.addTask { timer.arm(start + .seconds((number * 7 + round) % 16 + 1)) { fired.add() } }
                }
            }
            self.clock.advance(by: .seconds(1))
            await eventually { fired.value > 0 }
            running.cancel()
            await running.value
        }
    }

    @Test("once its timers are closed it acts at once, and only when there is something to arm")
    func closed() {
        let timers = Timers(clock: self.clock)
        let timer = SoonestTimer(timers)
        let fired = Counter()
        timer.arm(self.clock.now + .seconds(1)) { fired.add() }
        timers.close()
        #expect(fired.value == 1)
        timer.arm(self.clock.now + .seconds(1)) { fired.add() }
        timer.arm(nil) { fired.add() }
        #expect(fired.value == 2)
    }
}
