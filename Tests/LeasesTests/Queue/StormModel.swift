import Leases

/// Three controllers and a load that waits for nothing, in virtual time: each entry takes a fixed time and a fixed number
/// of operations. As in the lease manager, each controller refuses at its own door what the leader has said it does not
/// take: the leader knows that itself, the others by the answers they have had lately.
struct StormModel {
    /// What happened in a tenth of a second, by class.
    struct Tenth {
        var offered = [Int](repeating: 0, count: OperationClass.allCases.count)
        var served = [Int](repeating: 0, count: OperationClass.allCases.count)
        var refused = [Int](repeating: 0, count: OperationClass.allCases.count)
        var expired = [Int](repeating: 0, count: OperationClass.allCases.count)
        /// Milliseconds until their results, of those that began in it.
        var waits: [Int] = []
        var lowestLevel: UInt8 = 128
        /// How often the level below which extensions are taken left 128 or came back to it.
        var flips = 0
        var longestQueue = 0

        var goodput: Int { self.served.reduce(0, +) }
    }

    struct Request: QueuedPayload {
        var rank: OperationClass
        var lease: Int
        var controller: Int
        var came: Int
        var isGone: Bool { false }
        func extendsSame(as other: Request) -> Bool { self.lease == other.lease }
    }

    private struct Lease {
        var ends: Int
        var level: UInt8
        var isOpen = false
    }

    private enum Event {
        case arrive(Request)
        case answer(Request, served: Bool, stretch: Int, load: Load)
    }

    typealias Load = (claimRetryAfterMilliseconds: UInt32?, extendLevel: UInt8, stretchPercent: UInt16)

    static let cycle = 20
    static let batch = 32
    static let capacity = 1_600.0
    static let timeout = 3_000
    static let leaseMilliseconds = 30_000
    /// One way from a controller to another.
    static let way = 1
    /// What passes each door nevertheless, and how long an answer's word is believed: as in the lease manager and in the
    /// transports.
    static let share = 64
    static let validity = 250

    /// Operations a second, and the parts of them that are claims and critical; the rest are extensions.
    var rate = 0.0
    let claimPart: Double
    let criticalPart: Double

    private(set) var now = 1_000_000
    private(set) var tenths: [Tenth] = []
    private(set) var lost: Set<Int> = []
    private(set) var queue = OperationQueue<Request>()
    private var random: Seeded
    private var leases: [Lease]
    private var nextLease = 0
    private var nextID = 0
    private var owed = 0.0
    private var start = 1_000_000
    private var told: [(load: Load, at: Int)?] = [nil, nil, nil]
    private var flight: (done: Int, requests: [Request], stretch: Int)?
    private var events: [Int: [Event]] = [:]
    private var wasClosed = false

    init(seed: UInt64, leases: Int, claims: Double, critical: Double) {
        self.random = Seeded(seed)
        self.claimPart = claims
        self.criticalPart = critical
        self.leases = []
        for _ in 0..<leases {
            self.leases.append(
                Lease(ends: self.now + Self.leaseMilliseconds, level: UInt8.random(in: 0..<128, using: &self.random))
            )
        }
    }

    private var load: Load { self.queue.load(now: .milliseconds(self.now)) }

    /// Runs on for so long; returns the tenths of a second of it.
    mutating func run(seconds: Double, rate: Double) -> ArraySlice<Tenth> {
        let first = self.tenths.count
        self.rate = rate
        let end = self.now + Int(seconds * 1_000)
        while self.now < end { self.tick() }
        return self.tenths[first...]
    }

    private mutating func tick() {
        if (self.now - self.start) % 100 == 0 { self.tenths.append(Tenth()) }
        self.now += 1
        for event in self.events.removeValue(forKey: self.now) ?? [] {
            switch event {
            case .arrive(let request): self.submit(request)
            case .answer(let request, let served, let stretch, let load):
                self.told[request.controller] = (load, self.now)
                self.end(request, served: served, stretch: stretch)
            }
        }
        if let flight, flight.done <= self.now {
            self.flight = nil
            for request in flight.requests { self.answer(request, served: true, stretch: flight.stretch) }
        }
        // As uneven as if they came by chance.
        self.owed += self.rate / 1_000 * Double.random(in: 0...2, using: &self.random)
        while self.owed >= 1 {
            self.owed -= 1
            self.offer()
        }
        self.queue.expire(now: .milliseconds(self.now))
        self.answerUnsealed()
        self.tenths[self.tenths.count - 1].longestQueue = max(
            self.tenths[self.tenths.count - 1].longestQueue,
            self.queue.count
        )
        if self.flight == nil, !self.queue.isEmpty {
            let sealed = self.queue.seal(limit: Self.batch, byteLimit: 1 << 20, now: .milliseconds(self.now))
            self.answerUnsealed()
            let requests = sealed.flatMap { [$0.payload] + $0.riders }
            if !requests.isEmpty { self.flight = (self.now + Self.cycle, requests, self.queue.stretchPercent) }
        }
        let level = self.load.extendLevel
        self.tenths[self.tenths.count - 1].lowestLevel = min(self.tenths[self.tenths.count - 1].lowestLevel, level)
        if self.wasClosed != (level < 128) {
            self.wasClosed.toggle()
            self.tenths[self.tenths.count - 1].flips += 1
        }
    }

    // MARK: The load

    private mutating func offer() {
        let draw = Double.random(in: 0..<1, using: &self.random)
        let rank: OperationClass =
            draw < self.claimPart ? .claim : draw < self.claimPart + self.criticalPart ? .critical : .extend
        var lease = 0
        if rank == .extend {
            // The next one in turn that is not being extended; none, when all are.
            guard
                let next = self.leases.indices.first(where: {
                    !self.leases[($0 + self.nextLease) % self.leases.count].isOpen
                })
            else { return }
            lease = (next + self.nextLease) % self.leases.count
            self.nextLease = lease + 1
            self.leases[lease].isOpen = true
            if self.leases[lease].ends <= self.now {
                self.lost.insert(lease)
                self.leases[lease].ends = self.now + Self.leaseMilliseconds
            }
        }
        let controller = Int.random(in: 0..<3, using: &self.random)
        let request = Request(rank: rank, lease: lease, controller: controller, came: self.now)
        self.tenths[self.tenths.count - 1].offered[rank.rawValue] += 1
        if self.isRefusedAtDoor(request) { return self.end(request, served: false, stretch: 100) }
        if controller == 0 { self.submit(request) } else { self.post(.arrive(request)) }
    }

    private mutating func isRefusedAtDoor(_ request: Request) -> Bool {
        let load: Load
        if request.controller == 0 {
            load = self.load
        } else {
            guard let told = self.told[request.controller], self.now - told.at < Self.validity else { return false }
            load = told.load
        }
        switch request.rank {
        case .claim: guard load.claimRetryAfterMilliseconds != nil else { return false }
        case .extend: guard self.leases[request.lease].level >= load.extendLevel else { return false }
        case .internal, .critical, .read: return false
        }
        return Int.random(in: 0..<Self.share, using: &self.random) != 0
    }

    private mutating func post(_ event: Event) { self.events[self.now + Self.way, default: []].append(event) }

    // MARK: The leader

    private mutating func submit(_ request: Request) {
        self.nextID += 1
        let lease = request.rank == .extend ? self.leases[request.lease] : Lease(ends: 0, level: 0)
        let arrival = Arrival.of(
            request.rank,
            id: self.nextID,
            lease: request.rank == .extend ? request.lease + 1 : 0,
            bytes: 150,
            level: lease.level,
            ends: request.rank == .extend ? .milliseconds(lease.ends) : nil,
            deadline: .milliseconds(request.came + Self.timeout)
        )
        if case .refused = self.queue.enqueue(request, arrival, now: .milliseconds(self.now)) {
            self.answer(request, served: false, stretch: 100)
        }
    }

    private mutating func answerUnsealed() {
        for answered in self.queue.takeAnswered() {
            if answered.answer == .expired {
                self.tenths[self.tenths.count - 1].expired[answered.payload.rank.rawValue] += 1
            }
            self.answer(answered.payload, served: false, stretch: 100)
        }
    }

    private mutating func answer(_ request: Request, served: Bool, stretch: Int) {
        if request.controller == 0 {
            self.end(request, served: served, stretch: stretch)
        } else {
            self.post(.answer(request, served: served, stretch: stretch, load: self.load))
        }
    }

    private mutating func end(_ request: Request, served: Bool, stretch: Int) {
        let rank = request.rank.rawValue
        if served {
            self.tenths[self.tenths.count - 1].served[rank] += 1
            self.tenths[(request.came - 1 - self.start) / 100].waits.append(self.now - request.came)
        } else {
            self.tenths[self.tenths.count - 1].refused[rank] += 1
        }
        guard request.rank == .extend else { return }
        self.leases[request.lease].isOpen = false
        if served {
            self.leases[request.lease].ends = max(
                self.leases[request.lease].ends,
                self.now + Self.leaseMilliseconds * stretch / 100
            )
        }
    }
}
