import Leases
import Testing

@Suite struct QueueDoorTests {
    typealias Queue = OperationQueue<Job>

    private static func bounds(critical: Int = 4, extend: Int = 4, claim: Int = 4, read: Int = 4, bytes: Int = 800)
        -> AdmissionQueue.Bounds
    {
        var bounds = AdmissionQueue.Bounds()
        bounds.critical = critical
        bounds.extend = extend
        bounds.claim = claim
        bounds.read = read
        bounds.bytes = bytes
        return bounds
    }

    @Test("guarantee 5: claims are refused before extensions, extensions before critical, internal never")
    func sacrifice() {
        var queue = Queue(bounds: Self.bounds(claim: 100, bytes: 800))
        for number in 0..<4 { #expect(queue.put(number, .of(.claim)) == true) }
        #expect(queue.put(9, .of(.claim)) == false)
        for number in 0..<3 { #expect(queue.put(number, .of(.extend)) == true) }
        #expect(queue.put(9, .of(.extend)) == false)
        #expect(queue.put(9, .of(.critical)) == true)
        #expect(queue.put(9, .of(.critical)) == false)
        #expect(queue.put(9, .of(.internal, bytes: 10_000)) == true)
        #expect(queue.put(9, .of(.read, bytes: 1)) == false)
    }

    @Test("guarantee 5: while extensions are refused for their number, claims are too")
    func coupled() {
        var queue = Queue(bounds: Self.bounds())
        for number in 0..<4 { #expect(queue.put(number, .of(.extend, bytes: 1)) == true) }
        #expect(queue.put(9, .of(.extend, bytes: 1)) == false)
        #expect(queue.put(9, .of(.claim, bytes: 1)) == false)
        #expect(queue.put(9, .of(.critical, bytes: 1)) == true)
    }

    @Test("reads have a bound of their own")
    func reads() {
        var queue = Queue(bounds: Self.bounds())
        for number in 0..<4 { #expect(queue.put(number, .of(.read, bytes: 0)) == true) }
        #expect(queue.put(9, .of(.read, bytes: 0)) == false)
        #expect(queue.put(9, .of(.claim)) == true)
    }

    @Test("room is made by those whose callers have gone")
    func purge() {
        var queue = Queue(bounds: Self.bounds())
        for number in 0..<4 {
            _ = queue.enqueue(Job(number: number, isGone: number != 2), .of(.extend), now: .seconds(1))
        }
        #expect(queue.put(4, .of(.extend), now: .seconds(1)) == true)
        #expect(queue.takeAnswered().map(\.payload.number) == [0, 1, 3])
        #expect(queue.statistics[.extend].refused.full == 0)
        #expect(queue.numbers(now: .seconds(1)) == [2, 4])
    }

    @Test("room comes back when things are sealed, expire or are removed")
    func roomReturns() {
        var queue = Queue(bounds: Self.bounds())
        for round in 0..<3 {
            for number in 0..<4 { #expect(queue.put(number, .of(.extend, deadline: .seconds(9 + round))) == true) }
            #expect(queue.put(9, .of(.extend)) == false)
            switch round {
            case 0: #expect(queue.numbers(100) == [0, 1, 2, 3])
            case 1: queue.expire(now: .seconds(10))
            default: #expect(queue.removeAll().count == 4)
            }
        }
        #expect(queue.isEmpty)
    }

    @Test("a model may hold a quarter of the claims' bound when others wait, and never all of it")
    func modelBound() {
        var queue = Queue(bounds: Self.bounds(claim: 40, bytes: 1 << 20))
        var taken = 0
        while queue.put(taken, .of(.claim, model: 1)) { taken += 1 }
        #expect(taken == 30)
        #expect(queue.put(99, .of(.claim, model: 2)) == true)
        #expect(queue.statistics[.claim].refused.unfair == 1)
        queue = Queue(bounds: Self.bounds(claim: 40, bytes: 1 << 20))
        #expect(queue.put(99, .of(.claim, model: 2)) == true)
        taken = 0
        while queue.put(taken, .of(.claim, model: 1)) { taken += 1 }
        #expect(taken == 10)
    }

    /// A queue that knows a consumer of 10 operations every 50 ms, with nothing in it; and the time.
    private func taught() -> (Queue, Duration) {
        var queue = Queue()
        var now = Duration.seconds(100)
        for _ in 0..<40 {
            queue.put(0, .of(.critical, deadline: .seconds(9_000)), now: now + .milliseconds(1))
            now += .milliseconds(50)
            for number in 1..<10 { queue.put(number, .of(.critical, deadline: .seconds(9_000)), now: now) }
            _ = queue.numbers(10, now: now)
        }
        return (queue, now)
    }

    @Test("guarantee 5: a claim that would wait for too long is refused at once, and told when to come back")
    func estimate() {
        var (queue, now) = self.taught()
        let cycle = queue.statistics.cycleSeconds
        #expect(abs(cycle - 0.05) < 0.001)
        // Better classes were just seen to take everything, so claims have their share alone: one of ten.
        var taken = 0
        while queue.put(taken, .of(.claim, deadline: .seconds(9_000)), now: now) { taken += 1 }
        #expect((1...6).contains(taken))
        #expect(queue.load(now: now).claimRetryAfterMilliseconds != nil)
        #expect(queue.put(0, .of(.extend, deadline: .seconds(9_000)), now: now) == true)
        let refused = queue.enqueue(Job(number: 0), .of(.claim, deadline: .seconds(9_000)), now: now)
        guard case .refused(let milliseconds) = refused else {
            Issue.record("a claim was taken that has to wait for too long")
            return
        }
        #expect((250...32_000).contains(milliseconds))
        _ = queue.numbers(10, now: now)
        let left = queue.count
        #expect(left == 0)
        now += .milliseconds(50)
        #expect(queue.put(0, .of(.claim, deadline: .seconds(9_000)), now: now) == true)
        #expect(queue.load(now: now).claimRetryAfterMilliseconds == nil)
        // Its deadline is nearer than two cycles.
        #expect(queue.put(0, .of(.claim, deadline: now + .milliseconds(90)), now: now) == false)
    }

    @Test("whatever was learnt, an empty queue takes what comes")
    func probe() {
        var (queue, now) = self.taught()
        #expect(queue.put(0, .of(.claim, deadline: now + .milliseconds(1)), now: now) == true)
        now += .seconds(1)
        #expect(queue.numbers(10, now: now) == [])
        #expect(queue.takeAnswered().count == 1)
    }

    @Test("who is refused more often is told to stay away longer, spread by its id, and it is forgotten at once")
    func hints() {
        var (queue, now) = self.taught()
        func hint(_ id: Int) -> UInt32? {
            let refused = queue.enqueue(Job(number: id), .of(.claim, id: id, deadline: .seconds(9_000)), now: now)
            if case .refused(let milliseconds) = refused { return milliseconds }
            return nil
        }
        var longest: UInt32 = 0
        for _ in 0..<100 {
            for number in 0..<30 { queue.put(number, .of(.critical, deadline: .seconds(9_000)), now: now) }
            for id in 0..<30 { longest = max(longest, hint(id) ?? 0) }
            now += .milliseconds(50)
            _ = queue.numbers(10, now: now)
        }
        #expect(longest > 2_000)
        while !queue.isEmpty {
            now += .milliseconds(50)
            _ = queue.numbers(100, now: now)
        }
        var answers: Set<UInt32> = []
        for id in 0..<300 { hint(id).map { _ = answers.insert($0) } }
        #expect(answers.count > 20 || answers == [250])
        #expect((answers.max() ?? 0) < 2_000)
    }
}
