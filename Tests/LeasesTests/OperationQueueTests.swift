import Leases
import Testing

@Suite struct OperationQueueTests {
    typealias Queue = OperationQueue<Int>

    private static func bounds(critical: Int = 4, extend: Int = 4, claim: Int = 4, read: Int = 4, bytes: Int = 800)
        -> Queue.Bounds
    {
        var bounds = Queue.Bounds()
        bounds.critical = critical
        bounds.extend = extend
        bounds.claim = claim
        bounds.read = read
        bounds.bytes = bytes
        return bounds
    }

    private static func isRefused(_ admission: Queue.Admission) -> Bool {
        if case .refused(let milliseconds) = admission { return (250...32_000).contains(milliseconds) }
        return false
    }

    @Test("an empty queue seals nothing")
    func empty() {
        var queue = Queue()
        let sealed = queue.seal(limit: 10, byteLimit: 100, now: .zero)
        #expect(sealed.items.isEmpty && sealed.expired.isEmpty)
        #expect(queue.isEmpty)
        #expect(queue.nextDeadline == nil)
        #expect(queue.removeAll().isEmpty)
    }

    @Test("guarantee 5: the best class is sealed first, each class in order of arrival, reads last")
    func order() {
        var queue = Queue()
        let classes: [OperationClass] = [.read, .claim, .extend, .critical, .internal]
        for (number, item) in (classes + classes).enumerated() {
            #expect(
                queue.enqueue(number, class: item, bytes: 1, deadline: .seconds(1), now: .zero) == .accepted
            )
        }
        #expect(queue.count == 10)
        #expect(queue.seal(limit: 100, byteLimit: 100, now: .zero).items == [4, 9, 3, 8, 2, 7, 1, 6, 0, 5])
        #expect(queue.isEmpty)
        #expect(queue.bytes == 0)
    }

    @Test("a seal takes no more operations than allowed, and every read beside them")
    func limit() {
        var queue = Queue()
        for number in 0..<5 {
            _ = queue.enqueue(number, class: .claim, bytes: 1, deadline: .seconds(1), now: .zero)
            _ = queue.enqueue(10 + number, class: .read, bytes: 0, deadline: .seconds(1), now: .zero)
        }
        #expect(queue.seal(limit: 3, byteLimit: 100, now: .zero).items == [0, 1, 2, 10, 11, 12, 13, 14])
        #expect(queue.seal(limit: 3, byteLimit: 100, now: .zero).items == [3, 4])
    }

    @Test("a seal keeps to its bytes but always takes one, and no worse class passes one that did not fit")
    func byteLimit() {
        var queue = Queue()
        _ = queue.enqueue(0, class: .extend, bytes: 60, deadline: .seconds(1), now: .zero)
        _ = queue.enqueue(1, class: .extend, bytes: 60, deadline: .seconds(1), now: .zero)
        _ = queue.enqueue(2, class: .claim, bytes: 1, deadline: .seconds(1), now: .zero)
        #expect(queue.seal(limit: 9, byteLimit: 100, now: .zero).items == [0])
        #expect(queue.seal(limit: 9, byteLimit: 10, now: .zero).items == [1])
        #expect(queue.seal(limit: 9, byteLimit: 10, now: .zero).items == [2])
    }

    @Test("guarantee 3: what has passed its deadline comes back as expired and is never sealed")
    func deadlines() {
        var queue = Queue()
        for (number, milliseconds) in [300, 100, 200, 400].enumerated() {
            _ = queue.enqueue(number, class: .claim, bytes: 1, deadline: .milliseconds(milliseconds), now: .zero)
        }
        #expect(queue.nextDeadline == .milliseconds(100))
        #expect(queue.expire(now: .milliseconds(99)).isEmpty)
        #expect(queue.expire(now: .milliseconds(100)) == [1])
        #expect(queue.nextDeadline == .milliseconds(200))
        let sealed = queue.seal(limit: 9, byteLimit: 9, now: .milliseconds(300))
        #expect(sealed.expired == [2, 0])
        #expect(sealed.items == [3])
        #expect(queue.nextDeadline == nil)
    }

    @Test("guarantee 5: claims are refused before extensions, extensions before critical, internal never")
    func sacrifice() {
        var queue = Queue(bounds: Self.bounds(claim: 100, bytes: 800))
        func put(_ item: OperationClass, _ bytes: Int = 100) -> Queue.Admission {
            queue.enqueue(0, class: item, bytes: bytes, deadline: .seconds(9), now: .zero)
        }
        for _ in 0..<4 { #expect(put(.claim) == .accepted) }
        #expect(Self.isRefused(put(.claim)))
        for _ in 0..<3 { #expect(put(.extend) == .accepted) }
        #expect(Self.isRefused(put(.extend)))
        #expect(put(.critical) == .accepted)
        #expect(Self.isRefused(put(.critical)))
        #expect(put(.internal, 10_000) == .accepted)
        #expect(Self.isRefused(put(.read, 1)))
    }

    @Test("guarantee 5: while extensions are refused for their number, claims are too")
    func coupled() {
        var queue = Queue(bounds: Self.bounds())
        func put(_ item: OperationClass) -> Queue.Admission {
            queue.enqueue(0, class: item, bytes: 1, deadline: .seconds(9), now: .zero)
        }
        for _ in 0..<4 { #expect(put(.extend) == .accepted) }
        #expect(Self.isRefused(put(.extend)))
        #expect(Self.isRefused(put(.claim)))
        #expect(put(.critical) == .accepted)
    }

    @Test("reads have a bound of their own")
    func reads() {
        var queue = Queue(bounds: Self.bounds())
        for _ in 0..<4 {
            #expect(queue.enqueue(0, class: .read, bytes: 0, deadline: .seconds(9), now: .zero) == .accepted)
        }
        #expect(Self.isRefused(queue.enqueue(0, class: .read, bytes: 0, deadline: .seconds(9), now: .zero)))
        #expect(queue.enqueue(0, class: .claim, bytes: 1, deadline: .seconds(9), now: .zero) == .accepted)
    }

    @Test("room comes back when things are sealed, expire or are removed")
    func roomReturns() {
        var queue = Queue(bounds: Self.bounds())
        for round in 0..<3 {
            for _ in 0..<4 {
                #expect(
                    queue.enqueue(0, class: .claim, bytes: 100, deadline: .seconds(9 + round), now: .zero) == .accepted
                )
            }
            #expect(
                Self.isRefused(queue.enqueue(0, class: .claim, bytes: 1, deadline: .seconds(9), now: .zero))
            )
            switch round {
            case 0: #expect(queue.seal(limit: 9, byteLimit: 900, now: .zero).items.count == 4)
            case 1: #expect(queue.expire(now: .seconds(60)).count == 4)
            default: #expect(queue.removeAll().count == 4)
            }
            #expect(queue.isEmpty && queue.bytes == 0)
        }
    }

    @Test("those refused are told to come back later the slower the queue drains")
    func retryAfter() {
        func refusal(sealedEvery interval: Duration) -> UInt64 {
            var queue = Queue(bounds: Self.bounds(claim: 100, bytes: 1_000_000))
            var now = Duration.zero
            for _ in 0..<20 {
                for _ in 0..<10 {
                    _ = queue.enqueue(0, class: .claim, bytes: 1, deadline: .seconds(9_000), now: now)
                }
                _ = queue.seal(limit: 10, byteLimit: 100, now: now)
                now += interval
            }
            for _ in 0..<100 { _ = queue.enqueue(0, class: .claim, bytes: 1, deadline: .seconds(9_000), now: now) }
            guard
                case .refused(let milliseconds) = queue.enqueue(
                    0,
                    class: .claim,
                    bytes: 1,
                    deadline: .seconds(9_000),
                    now: now
                )
            else { return 0 }
            return milliseconds
        }
        let (fast, slow) = (refusal(sealedEvery: .milliseconds(10)), refusal(sealedEvery: .milliseconds(200)))
        #expect((250...400).contains(fast))
        #expect((2_000...4_000).contains(slow))
    }

    @Test(
        "every payload comes out exactly once, in order, and the queue ends as empty as it began",
        arguments: [1, 2, 3, 4, 5, 6] as [UInt64]
    )
    func random(seed: UInt64) throws {
        var random = Seeded(seed)
        var queue = Queue(bounds: Self.bounds(critical: 50, extend: 60, claim: 40, read: 30, bytes: 20_000))
        var waiting: [Int: (class: OperationClass, bytes: Int, deadline: Duration)] = [:]
        var now = Duration.zero
        for number in 0..<6_000 {
            now += .milliseconds(Int.random(in: 0...3, using: &random))
            let deadline = now + .milliseconds(Int.random(in: 0...2_000, using: &random))
            let item = random.pick(OperationClass.allCases)
            let bytes = Int.random(in: 0...300, using: &random)
            if queue.enqueue(number, class: item, bytes: bytes, deadline: deadline, now: now) == .accepted {
                waiting[number] = (item, bytes, deadline)
            } else {
                try check(item != .internal, "seed \(seed)")
            }
            if random.chance(4) {
                let (limit, byteLimit) = (Int.random(in: 1...60, using: &random), 8_000)
                let sealed = queue.seal(limit: limit, byteLimit: byteLimit, now: now)
                for payload in sealed.expired {
                    let gone = waiting.removeValue(forKey: payload)
                    try check(gone.map { $0.deadline <= now } == true, "seed \(seed)")
                }
                var taken: [(Int, Int, Int)] = []
                for payload in sealed.items {
                    let item = waiting.removeValue(forKey: payload)
                    try check(item.map { $0.deadline > now } == true, "seed \(seed)")
                    if let item { taken.append((item.class.rawValue, payload, item.bytes)) }
                }
                try check(
                    taken.map { [$0.0, $0.1] }
                        == taken.map { [$0.0, $0.1] }.sorted { $0.lexicographicallyPrecedes($1) },
                    "seed \(seed)"
                )
                let counted = taken.filter { $0.0 != OperationClass.read.rawValue }
                try check(counted.count <= limit, "seed \(seed)")
                try check(counted.count <= 1 || counted.map(\.2).reduce(0, +) <= byteLimit, "seed \(seed)")
                let worst = counted.last?.0 ?? OperationClass.claim.rawValue
                let passedOver = waiting.values.contains { $0.class.rawValue < worst }
                try check(!passedOver, "seed \(seed)")
            }
            if random.chance(2) {
                let expected = waiting.filter { $0.value.deadline <= now }.sorted {
                    ($0.value.deadline, $0.key) < ($1.value.deadline, $1.key)
                }
                try check(queue.expire(now: now) == expected.map(\.key), "seed \(seed)")
                for (payload, _) in expected { waiting[payload] = nil }
            }
            if random.chance(1), random.chance(20) {
                let all = waiting.sorted { ($0.value.class, $0.key) < ($1.value.class, $1.key) }.map(\.key)
                try check(queue.removeAll() == all, "seed \(seed)")
                waiting = [:]
            }
            try check(queue.count == waiting.count, "seed \(seed)")
            try check(queue.bytes == waiting.values.map(\.bytes).reduce(0, +), "seed \(seed)")
            try check(queue.nextDeadline == waiting.values.map(\.deadline).min(), "seed \(seed)")
            for item in OperationClass.allCases {
                try check(
                    queue.count(of: item) == waiting.values.filter { $0.class == item }.count,
                    "seed \(seed)"
                )
            }
        }
    }
}
