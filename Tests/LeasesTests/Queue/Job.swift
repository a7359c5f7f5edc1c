import Leases

/// What the tests queue: a number, and for extensions a lease and a holder.
struct Job: QueuedPayload, Hashable {
    var number: Int
    var lease = 0
    var isGone = false

    func extendsSame(as other: Job) -> Bool { self.lease == other.lease }
}

extension Arrival {
    /// An arrival with what a test does not say filled in; leases and ids are mixed as real ones are.
    static func of(
        _ rank: OperationClass,
        id: Int = 0,
        lease: Int = 0,
        model: Int = 0,
        bytes: Int = 100,
        level: UInt8 = 0,
        ends: Duration? = nil,
        until: UInt64 = 0,
        deadline: Duration = .seconds(60)
    ) -> Arrival {
        func mixed(_ number: Int) -> UInt64 {
            var random = Seeded(UInt64(bitPattern: Int64(number)))
            return random.next()
        }
        return Arrival(
            class: rank,
            lease: lease == 0 ? 0 : mixed(lease),
            model: mixed(model),
            id: mixed(id),
            validUntil: until,
            bytes: bytes,
            level: level,
            leaseEnds: ends,
            deadline: deadline
        )
    }
}

extension OperationQueue<Job> {
    /// Queues job `number`; true when it was taken.
    @discardableResult
    mutating func put(_ number: Int, _ arrival: Arrival, lease: Int = 0, now: Duration = .zero) -> Bool {
        self.enqueue(Job(number: number, lease: lease), arrival, now: now) == .accepted
    }

    /// The numbers of what is sealed.
    mutating func numbers(_ limit: Int = 100, bytes: Int = 1 << 20, now: Duration = .zero) -> [Int] {
        self.seal(limit: limit, byteLimit: bytes, now: now).map(\.payload.number)
    }
}
