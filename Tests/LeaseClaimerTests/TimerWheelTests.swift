import Testing

@testable import leaseclaimer

@Suite struct TimerWheelTests {
    let start = Instant(nanoseconds: 5_000_000_000_123)

    func entry(_ milliseconds: Int, _ tag: UInt32 = 0) -> TimerWheel.Entry {
        TimerWheel.Entry(due: self.start + .milliseconds(milliseconds), tag: tag, generation: 0)
    }

    func fired(_ wheel: inout TimerWheel, at milliseconds: Int) -> [UInt32] {
        var due: [TimerWheel.Entry] = []
        wheel.advance(to: self.start + .milliseconds(milliseconds), into: &due)
        return due.map(\.tag)
    }

    @Test("a timer fires once, not before its time and within two milliseconds after it")
    func inTime() {
        var wheel = TimerWheel(now: self.start)
        for (tag, due) in [5, 1, 9, 5].enumerated() { wheel.schedule(self.entry(due, UInt32(tag))) }
        #expect(self.fired(&wheel, at: 0) == [])
        #expect(self.fired(&wheel, at: 3) == [1])
        #expect(self.fired(&wheel, at: 7) == [0, 3])
        #expect(self.fired(&wheel, at: 100) == [2])
        #expect(self.fired(&wheel, at: 200) == [])
        #expect(wheel.count == 0)
        #expect(wheel.next == nil)
    }

    @Test("what is due later than a turn of the ring waits for its time")
    func farAhead() {
        var wheel = TimerWheel(now: self.start)
        wheel.schedule(self.entry(30_000, 7))
        wheel.schedule(self.entry(8_192, 8))
        for time in stride(from: 0, through: 8_000, by: 1_000) { #expect(self.fired(&wheel, at: time) == []) }
        #expect(self.fired(&wheel, at: 8_194) == [8])
        #expect(self.fired(&wheel, at: 29_999) == [])
        #expect(self.fired(&wheel, at: 30_002) == [7])
    }

    @Test("after a long pause everything that is due fires")
    func pause() {
        var wheel = TimerWheel(now: self.start)
        for tag in 0..<100 { wheel.schedule(self.entry(tag * 300, UInt32(tag))) }
        #expect(self.fired(&wheel, at: 1_000_000).sorted() == Array(0..<100))
    }

    @Test("what is due already fires at the next look")
    func past() {
        var wheel = TimerWheel(now: self.start)
        _ = self.fired(&wheel, at: 500)
        wheel.schedule(self.entry(100, 1))
        #expect(self.fired(&wheel, at: 501) == [1])
    }

    @Test("following `next` never misses a timer by more than two milliseconds", arguments: [1, 42, 4_711] as [UInt64])
    func next(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var wheel = TimerWheel(now: self.start)
        var now = self.start
        var waiting = 0
        var due: [TimerWheel.Entry] = []
        for _ in 0..<2_000 {
            if Bool.random(using: &random) {
                let delay = TimeSpan.microseconds(Int64.random(in: 0...20_000_000, using: &random))
                wheel.schedule(.init(due: now + delay, tag: 0, generation: 0))
                waiting += 1
            }
            guard let next = wheel.next else { continue }
            #expect(next - now < .milliseconds(8_193))
            now = max(now + .microseconds(100), next)
            due.removeAll()
            wheel.advance(to: now, into: &due)
            for entry in due {
                #expect(entry.due <= now, "seed \(seed)")
                #expect(now - entry.due < .milliseconds(2), "seed \(seed)")
            }
            waiting -= due.count
            #expect(wheel.count == waiting)
        }
    }
}
