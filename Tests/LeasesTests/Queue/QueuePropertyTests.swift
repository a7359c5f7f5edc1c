import Leases
import Testing

/// What must hold whatever comes in whatever order.
@Suite struct QueuePropertyTests {
    typealias Queue = OperationQueue<Job>

    /// One that waits, as the test remembers it.
    private struct Waiting {
        var rank: OperationClass
        var ends: Duration?
        var came: Duration
        var deadline: Duration
        var isGone: Bool
        var bytes: Int
    }

    @Test(
        "guarantee 3: everything taken comes out exactly once, sealed or answered, never sealed after its deadline",
        arguments: 0..<24
    )
    func once(run: Int) throws {
        let seed = run < 12 ? UInt64(run) : UInt64.random(in: 0...UInt64.max)
        var random = Seeded(seed)
        var bounds = AdmissionQueue.Bounds()
        (bounds.critical, bounds.extend, bounds.claim, bounds.read) = (30, 300, 100, 20)
        bounds.bytes = 60_000
        var queue = Queue(bounds: bounds)
        var waiting: [Int: Waiting] = [:]
        var now = Duration.seconds(50)
        let busy = random.chance(50)
        for number in 0..<4_000 {
            let pause = random.chance(1) ? 3_000 : busy ? 2 : 9
            now += .milliseconds(Int.random(in: 0...pause, using: &random))
            let rank =
                random.chance(2) ? .internal : random.pick([OperationClass.critical, .extend, .claim, .read, .extend])
            let ends = random.chance(80) ? now + .milliseconds(Int.random(in: 0...9_000, using: &random)) : nil
            let one = Waiting(
                rank: rank,
                ends: ends,
                came: now,
                deadline: now + .milliseconds(Int.random(in: 0...(random.chance(5) ? 90_000 : 900), using: &random)),
                isGone: random.chance(5),
                bytes: Int.random(in: 1...300, using: &random)
            )
            let lease = rank == .extend && random.chance(60) ? Int.random(in: 1...200, using: &random) : 0
            let arrival = Arrival.of(
                rank,
                id: Int.random(in: 0...3_000, using: &random),
                // Some hashes are equal by chance.
                lease: lease % 150,
                model: random.chance(50) ? 0 : Int.random(in: 0...9, using: &random),
                bytes: one.bytes,
                level: UInt8.random(in: 0..<128, using: &random),
                ends: ends,
                until: UInt64.random(in: 0...3, using: &random),
                deadline: one.deadline
            )
            let job = Job(number: number, lease: lease, isGone: one.isGone)
            if queue.enqueue(job, arrival, now: now) == .accepted {
                waiting[number] = one
            } else {
                try check(rank != .internal, "seed \(seed)")
            }
            try self.answers(queue.takeAnswered(), &waiting, now, seed)
            if random.chance(3) { try self.seal(&queue, &waiting, now, &random, seed) }
            if random.chance(3) {
                queue.expire(now: now)
                try self.answers(queue.takeAnswered(), &waiting, now, seed)
                try check(waiting.values.allSatisfy { $0.deadline > now }, "seed \(seed)")
                let next = queue.nextDeadline
                let earliest = waiting.values.map(\.deadline).min()
                try check((next == nil) == (earliest == nil), "seed \(seed)")
                if let next, let earliest { try check(next <= earliest, "seed \(seed)") }
            }
            if random.chance(1), random.chance(20) {
                for job in queue.removeAll() {
                    try check(waiting.removeValue(forKey: job.number) != nil, "seed \(seed)")
                }
            }
            try check(queue.count == waiting.count, "seed \(seed)")
            let statistics = queue.statistics
            for rank in OperationClass.allCases {
                let mine = waiting.values.filter { $0.rank == rank }
                try check(statistics[rank].queued == mine.count, "seed \(seed)")
                try check(statistics[rank].queuedBytes == mine.reduce(0) { $0 + $1.bytes }, "seed \(seed)")
            }
        }
        for job in queue.removeAll() { try check(waiting.removeValue(forKey: job.number) != nil, "seed \(seed)") }
        try check(waiting.isEmpty && queue.isEmpty, "seed \(seed)")
    }

    private func answers(
        _ answered: [Queue.Answered],
        _ waiting: inout [Int: Waiting],
        _ now: Duration,
        _ seed: UInt64
    ) throws {
        for one in answered {
            guard let known = waiting.removeValue(forKey: one.payload.number) else {
                try check(false, "answered twice, seed \(seed)")
                continue
            }
            switch one.answer {
            case .expired: try check(known.deadline <= now, "seed \(seed)")
            case .abandoned: try check(known.isGone, "seed \(seed)")
            case .refused: try check(known.rank == .claim || known.rank == .extend, "seed \(seed)")
            }
        }
    }

    private func seal(
        _ queue: inout Queue,
        _ waiting: inout [Int: Waiting],
        _ now: Duration,
        _ random: inout Seeded,
        _ seed: UInt64
    ) throws {
        let limit = Int.random(in: 1...90, using: &random)
        let byteLimit = Int.random(in: 1_000...20_000, using: &random)
        let sealed = queue.seal(limit: limit, byteLimit: byteLimit, now: now)
        try self.answers(queue.takeAnswered(), &waiting, now, seed)
        var (counted, bytes) = (0, 0)
        var latest = Duration.zero
        for item in sealed {
            var first: Waiting?
            for (place, job) in ([item.payload] + item.riders).enumerated() {
                guard let known = waiting.removeValue(forKey: job.number) else {
                    try check(false, "sealed twice, seed \(seed)")
                    continue
                }
                try check(known.deadline > now && !known.isGone, "seed \(seed)")
                try check(job.lease == item.payload.lease, "seed \(seed)")
                if place == 0 { first = known } else { try check(known.rank == .extend, "seed \(seed)") }
            }
            guard let first, first.rank != .read else { continue }
            counted += 1
            bytes += first.bytes
            // One that shared a place stands where the oldest there stood, whoever that was.
            guard first.rank == .extend, item.payload.lease == 0 else { continue }
            // One that has more than a second left may be served before those an overload has left behind.
            let ends = first.ends ?? .zero
            try check(ends >= latest, "seed \(seed)")
            latest = max(latest, min(ends, first.came + .seconds(1)))
        }
        try check(counted <= limit, "seed \(seed)")
        try check(counted <= 1 || bytes <= byteLimit + 300, "seed \(seed)")
    }
}
