import Leases

/// The operation queue alone, each operation of it: taken and sealed, and refused because there is no room.
struct QueueBenchmark {
    let runs: Int
    private static let operations = 4_096

    private struct Payload: QueuedPayload {
        var index: Int
        var isGone: Bool { false }
        func extendsSame(as other: Payload) -> Bool { self.index == other.index }
    }

    func measure() -> [Figure] {
        var taken: [OperationClass: [Double]] = [:]
        var refused: [Double] = []
        for run in 0...self.runs {
            for kind in [OperationClass.extend, .claim] {
                let sample = Self.takeAndSeal(kind)
                // The first run fills caches.
                if run > 0 { taken[kind, default: []].append(sample) }
            }
            let sample = Self.refuse()
            if run > 0 { refused.append(sample) }
        }
        return [
            Figure("queue.extend", unit: "ns", taken[.extend] ?? []),
            Figure("queue.claim", unit: "ns", taken[.claim] ?? []),
            Figure("queue.refuse", unit: "ns", refused),
        ]
    }

    private static func takeAndSeal(_ kind: OperationClass) -> Double {
        var queue = OperationQueue<Payload>()
        var now = Duration.seconds(1)
        var sealed = 0
        let rounds = 20
        // As under load: half of what is queued is sealed while as much again arrives.
        let took = ContinuousClock().measure {
            for round in 0..<rounds {
                for index in 0..<Self.operations / 2 {
                    _ = queue.enqueue(
                        Payload(index: index),
                        Self.arrival(kind, round * Self.operations + index, now),
                        now: now
                    )
                }
                now += .milliseconds(20)
                sealed += queue.seal(limit: Self.operations, byteLimit: 1 << 20, now: now).count
            }
        }
        return took.inMilliseconds * 1e6 / Double(max(sealed, 1))
    }

    private static func refuse() -> Double {
        var queue = OperationQueue<Payload>()
        let now = Duration.seconds(1)
        var index = 0
        while case .accepted = queue.enqueue(Payload(index: index), Self.arrival(.claim, index, now), now: now) {
            index += 1
        }
        let tries = 100_000
        let took = ContinuousClock().measure {
            for more in 0..<tries {
                _ = queue.enqueue(Payload(index: more), Self.arrival(.claim, index + more, now), now: now)
            }
        }
        return took.inMilliseconds * 1e6 / Double(tries)
    }

    private static func arrival(_ kind: OperationClass, _ index: Int, _ now: Duration) -> Arrival {
        let hash = UInt64(truncatingIfNeeded: index) &* 0x9E37_79B9_7F4A_7C15
        return Arrival(
            class: kind,
            lease: hash | 1,
            model: hash % 16,
            id: hash,
            validUntil: 1 << 40,
            bytes: 120,
            level: UInt8(hash >> 57),
            leaseEnds: now + .milliseconds(Int64(hash % 30_000)),
            deadline: now + .seconds(5)
        )
    }
}
