import Testing

@testable import DependencyEngine

@Suite struct TimerQueueTests {
    @Test(
        "deadlines come earliest first, those of one instant in the order they were set, whatever the delays"
    )
    func order() {
        for seed in UInt64(0)..<50 {
            var random = SeededGenerator(seed: seed)
            var queue = TimerQueue()
            var expected: [(at: Duration, id: Int)] = []
            var now = Duration.zero
            for id in 0..<400 {
                // A few delays that many have, and some that nobody else has.
                let delay = Int.random(in: 0..<10, using: &random) < 8 ? [30, 10, 5][id % 3] : 1 + id % 97
                let at = now + .milliseconds(delay)
                queue.insert(at: at, manifold: id, kind: .instance, stamp: 0)
                let place = expected.firstIndex { $0.at > at } ?? expected.endIndex
                expected.insert((at, id), at: place)
                now += .milliseconds(Int.random(in: 0...2, using: &random))
                if Int.random(in: 0..<40, using: &random) == 0 {
                    queue.compact { $0.id % 5 != 0 }
                    expected.removeAll { $0.id % 5 == 0 }
                }
                #expect(queue.count == expected.count, "seed \(seed)")
                while let first = expected.first, first.at <= now {
                    expected.removeFirst()
                    #expect(queue.first?.at == first.at, "seed \(seed)")
                    #expect(queue.popFirst()?.id == first.id, "seed \(seed)")
                }
            }
            for rest in expected { #expect(queue.popFirst()?.id == rest.id, "seed \(seed)") }
            #expect(queue.popFirst() == nil)
        }
    }
}
