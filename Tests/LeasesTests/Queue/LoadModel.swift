import Leases

/// One leader in virtual time: each entry takes a fixed time and a fixed number of operations, and is followed by the next
/// at once when something waits. Holders extend their leases when the answers tell them to; claims and critical operations
/// come evenly, open loop: nobody waits for an answer before the next one comes.
struct LoadModel {
    /// What happened in a part of the run.
    struct Tally {
        var served = [Int](repeating: 0, count: OperationClass.allCases.count)
        var arrived = [Int](repeating: 0, count: OperationClass.allCases.count)
        var expired = [Int](repeating: 0, count: OperationClass.allCases.count)
        var refusedAtDoor = [Int](repeating: 0, count: OperationClass.allCases.count)
        var refusedLater = [Int](repeating: 0, count: OperationClass.allCases.count)
        /// Milliseconds from the coming of a refused operation to its answer, and of a claim to its result, by model.
        var refusalWaits: [Int] = []
        var claimWaits: [[Int]] = [[], []]
        var lost: Set<Int> = []
        var longestQueue = 0
        var seconds: Double = 0

        var goodput: Double { Double(self.served.reduce(0, +)) / max(self.seconds, 0.001) }
        var refused: Int { (self.refusedAtDoor + self.refusedLater).reduce(0, +) }

        static func percentile(_ part: Double, of values: [Int]) -> Int {
            values.isEmpty ? 0 : values.sorted()[min(values.count - 1, Int(Double(values.count) * part))]
        }
    }

    /// What is sent.
    struct Request: QueuedPayload {
        var rank: OperationClass
        /// The lease of an extension, the model of a claim.
        var number: Int
        var came: Int
        var isGone: Bool { false }
        func extendsSame(as other: Request) -> Bool { self.number == other.number }
    }

    private struct Holder {
        var ends: Int
        var level: UInt8
        var isWaiting = false
        /// Refusals of the present extension; after three the holder gives up.
        var refusals = 0
    }

    let cycle: Int
    let batch: Int
    /// Of claims and critical operations, and of extensions.
    let timeout = 3_000
    let extendTimeout = 4_000
    let leaseMilliseconds: Int
    /// Claims and critical operations a second, of each model.
    var claimRates = [0.0, 0.0]
    var criticalRate = 0.0
    /// How often a consumer that has nothing to do asks in a millisecond.
    var asking = 1

    var queue = OperationQueue<Request>()
    var random: Seeded
    var tally = Tally()
    private(set) var now = 1_000_000
    /// Everything sent, and everything that came back so far, sealed, answered or refused at the door.
    private(set) var sent = 0
    private(set) var returned = 0
    private(set) var stretches: Set<Int> = []
    private var holders: [Holder]
    /// Who extends when, by millisecond.
    private var agenda: [Int: [Int]] = [:]
    private var flight: (done: Int, requests: [Request], stretch: Int)?
    private var owedClaims = [0.0, 0.0]
    private var owedCritical = 0.0
    private var nextID = 0
    private var kept = Int.max

    init(seed: UInt64, cycle: Int = 50, batch: Int = 256, leases: Int, leaseMilliseconds: Int = 10_000) {
        self.random = Seeded(seed)
        self.cycle = cycle
        self.batch = batch
        self.leaseMilliseconds = leaseMilliseconds
        self.holders = []
        for number in 0..<leases {
            let renewal = Int.random(in: 0..<leaseMilliseconds / 2, using: &self.random)
            self.holders.append(
                Holder(
                    ends: self.now + renewal + leaseMilliseconds / 2,
                    level: UInt8.random(in: 0..<128, using: &self.random)
                )
            )
            self.agenda[self.now + renewal, default: []].append(number)
        }
    }

    /// What the queue says it can take.
    var load: (claimRetryAfterMilliseconds: UInt32?, extendLevel: UInt8, stretchPercent: UInt16) {
        self.queue.load(now: .milliseconds(self.now))
    }

    var capacity: Double { Double(self.batch) * 1_000 / Double(self.cycle) }
    func level(of lease: Int) -> UInt8 { self.holders[lease].level }

    /// Runs on for so long, and returns what happened.
    mutating func run(seconds: Double) -> Tally {
        self.tally = Tally()
        self.tally.seconds = seconds
        let end = self.now + Int(seconds * 1_000)
        while self.now < end { self.tick() }
        return self.tally
    }

    /// Only so many leases are extended any more.
    mutating func keep(_ leases: Int) {
        for (instant, who) in self.agenda { self.agenda[instant] = who.filter { $0 < leases } }
        self.kept = leases
    }

    private mutating func tick() {
        self.now += 1
        if let flight, flight.done <= self.now {
            self.flight = nil
            for request in flight.requests { self.applied(request, stretch: flight.stretch) }
        }
        for lease in self.agenda.removeValue(forKey: self.now) ?? [] { self.extend(lease) }
        self.owedCritical += self.criticalRate / 1_000
        while self.owedCritical >= 1 {
            self.owedCritical -= 1
            self.send(Request(rank: .critical, number: 0, came: self.now), ends: nil, level: 0)
        }
        for model in self.claimRates.indices {
            // As uneven as if they came by chance.
            self.owedClaims[model] += self.claimRates[model] / 1_000 * Double.random(in: 0...2, using: &self.random)
            while self.owedClaims[model] >= 1 {
                self.owedClaims[model] -= 1
                self.send(Request(rank: .claim, number: model, came: self.now), ends: nil, level: 0)
            }
        }
        self.queue.expire(now: .milliseconds(self.now))
        self.answer()
        self.tally.longestQueue = max(self.tally.longestQueue, self.queue.count)
        if self.flight == nil, !self.queue.isEmpty { self.seal() }
        // One that is idle asks whenever anything else happens.
        if self.flight == nil { for _ in 1..<self.asking { self.seal() } }
    }

    private mutating func seal() {
        let sealed = self.queue.seal(limit: self.batch, byteLimit: 1 << 20, now: .milliseconds(self.now))
        self.answer()
        let requests = sealed.flatMap { [$0.payload] + $0.riders }
        self.returned += requests.count
        let stretch = self.queue.stretchPercent
        self.stretches.insert(stretch)
        if !requests.isEmpty { self.flight = (self.now + self.cycle, requests, stretch) }
    }

    private mutating func extend(_ lease: Int) {
        guard !self.holders[lease].isWaiting, lease < self.kept else { return }
        guard self.holders[lease].ends > self.now else { return self.lose(lease) }
        self.holders[lease].isWaiting = true
        let holder = self.holders[lease]
        self.send(Request(rank: .extend, number: lease, came: self.now), ends: holder.ends, level: holder.level)
    }

    private mutating func lose(_ lease: Int) {
        self.tally.lost.insert(lease)
        // Somebody has it again soon, so the pressure stays.
        let back = self.now + 1_000
        self.holders[lease].refusals = 0
        self.holders[lease].ends = back + self.leaseMilliseconds
        self.agenda[back + self.leaseMilliseconds / 2, default: []].append(lease)
    }

    private mutating func send(_ request: Request, ends: Int?, level: UInt8) {
        self.nextID += 1
        self.sent += 1
        let rank = request.rank
        self.tally.arrived[rank.rawValue] += 1
        let arrival = Arrival.of(
            rank,
            id: self.nextID,
            lease: rank == .extend ? request.number + 1 : 0,
            model: request.number,
            bytes: 150,
            level: level,
            ends: ends.map { .milliseconds($0) },
            deadline: .milliseconds(self.now + (rank == .extend ? self.extendTimeout : self.timeout))
        )
        let admission = self.queue.enqueue(request, arrival, now: .milliseconds(self.now))
        guard case .refused(let milliseconds) = admission else { return }
        self.returned += 1
        self.tally.refusedAtDoor[rank.rawValue] += 1
        self.refused(request, Int(milliseconds))
    }

    private mutating func answer() {
        for answered in self.queue.takeAnswered() {
            let request = answered.payload
            self.returned += 1
            switch answered.answer {
            case .refused(let milliseconds):
                self.tally.refusedLater[request.rank.rawValue] += 1
                self.refused(request, Int(milliseconds))
            case .expired, .abandoned:
                self.tally.expired[request.rank.rawValue] += 1
                self.again(request, in: 1)
            }
        }
    }

    private mutating func refused(_ request: Request, _ milliseconds: Int) {
        self.tally.refusalWaits.append(self.now - request.came)
        self.again(request, in: max(milliseconds, 1))
    }

    /// Holders try again; claims do not.
    private mutating func again(_ request: Request, in milliseconds: Int) {
        guard request.rank == .extend else { return }
        let lease = request.number
        self.holders[lease].isWaiting = false
        self.holders[lease].refusals += 1
        let next = self.holders[lease].refusals > 3 ? max(self.holders[lease].ends, self.now) : self.now + milliseconds
        self.agenda[next + (next == self.now ? 1 : 0), default: []].append(lease)
    }

    private mutating func applied(_ request: Request, stretch: Int) {
        switch request.rank {
        case .extend:
            self.holders[request.number].isWaiting = false
            guard self.holders[request.number].ends > self.now else { return self.lose(request.number) }
            let granted = self.leaseMilliseconds * stretch / 100
            self.holders[request.number].refusals = 0
            self.holders[request.number].ends = max(self.holders[request.number].ends, self.now + granted)
            self.agenda[self.now + granted / 2, default: []].append(request.number)
        case .claim:
            self.tally.claimWaits[request.number].append(self.now - request.came)
        default:
            break
        }
        if self.now - request.came <= self.extendTimeout { self.tally.served[request.rank.rawValue] += 1 }
    }
}
