import NIOCore

/// Operations that begin when they are due, whatever became of those before: nothing waits for an answer, and what cannot
/// be begun is counted and left out.
final class OpenWorkload: Workload {
    private enum Phase {
        /// The leases to be extended are claimed.
        case preparing
        case prepared
        case running(Arrivals)
        /// Answers are waited for.
        case ending
    }

    unowned let loop: LoadLoop
    let plan: OpenPlan
    private var phase = Phase.preparing
    private var held: HeldLeases
    /// Of those the load holds from the start.
    private var unclaimed: [Int32]
    private var preparing = 0
    /// After what was not granted.
    private var prepareAgain: Instant?
    private(set) var preparationFailure: String?
    private var random: SplitMix64
    private var freshNumber: Int32 = 0
    private var criticalNumber: Int32 = 0
    private var outstanding = 0
    private var nextLane = 0
    private var failedExtends = 0
    private var reported = (lost: 0, failedExtends: 0)
    private var nextExpiry: Instant
    private(set) var gap: GrantGap
    private(set) var claimsGranted = 0
    private(set) var extendsGranted = 0
    private(set) var failures: [String: Int] = [:]

    /// Kinds of names: those held from the start, the fresh ones, and the controllers' own.
    private static let letters = (held: UInt8(ascii: "x"), fresh: UInt8(ascii: "c"), critical: UInt8(ascii: "s"))
    /// Marks the owners of fresh claims, which are numbers of their own.
    private static let freshMark: Int32 = 1 << 30

    init(loop: LoadLoop, plan: OpenPlan, now: Instant) {
        self.loop = loop
        self.plan = plan
        self.held = HeldLeases(count: plan.leases)
        self.unclaimed = (0..<Int32(plan.leases)).reversed()
        self.random = SplitMix64(seed: loop.random.next())
        self.nextExpiry = now
        self.gap = GrantGap(from: now)
    }

    // MARK: Phases

    /// Whether all leases that are to be extended are held.
    var isPrepared: Bool { if case .preparing = self.phase { false } else { true } }

    var isDone: Bool { if case .ending = self.phase { self.outstanding == 0 } else { false } }

    /// Lets operations become due from `start` on.
    func begin(at start: Instant, now: Instant) {
        self.gap = GrantGap(from: start)
        let calls = self.plan.schedule.scaled(by: 1 / Double(self.plan.bulk))
        self.phase = .running(
            Arrivals(calls, spacing: self.plan.spacing, start: start, seed: self.random.next())
        )
        self.loop.endTurn(now)
    }

    func end(now: Instant) { self.phase = .ending }

    /// What is due is due: a storm is a stretch of the schedule.
    func storm(now: Instant) {}

    func close(at end: Instant) -> Statistics {
        self.gap.close(at: end)
        return Statistics(
            held: self.held,
            claimsGranted: self.claimsGranted,
            extendsGranted: self.extendsGranted,
            extendsFailed: self.failedExtends,
            failures: self.failures,
            gap: self.gap
        )
    }

    func turn(now: Instant) {
        switch self.phase {
        case .preparing: self.prepare(now)
        case .prepared, .ending: break
        case .running(var arrivals):
            // The state is taken out, or the arrivals would be copied with every operation.
            self.phase = .prepared
            while let due = arrivals.next, due <= now {
                self.offer(due, now)
                arrivals.pop()
            }
            self.phase = .running(arrivals)
            self.expire(now)
        }
    }

    var nextTurn: Instant? {
        if case .running(let arrivals) = self.phase { return min(arrivals.next ?? self.nextExpiry, self.nextExpiry) }
        return self.prepareAgain
    }

    private func expire(_ now: Instant) {
        guard now >= self.nextExpiry else { return }
        self.nextExpiry = now + .milliseconds(200)
        let expired = self.held.expire(now: now)
        guard expired > 0 else { return }
        self.failedExtends += expired
        self.failures["lost: not extended in time", default: 0] += expired
    }

    // MARK: Preparing

    private static let preparedAtOnce = 16
    private static let preparedACall = 100

    func prepare(now: Instant) {
        self.prepare(now)
        self.loop.endTurn(now)
    }

    private func prepare(_ now: Instant) {
        if let prepareAgain, now < prepareAgain { return }
        self.prepareAgain = nil
        guard case .preparing = self.phase, self.preparationFailure == nil else { return }
        while self.preparing < Self.preparedAtOnce, !self.unclaimed.isEmpty, let lane = self.lane() {
            let owners = Array(self.unclaimed.suffix(Self.preparedACall))
            let place = self.loop.send(
                .claim,
                on: lane,
                owner: owners[0],
                owners: owners,
                intended: now,
                timeout: .seconds(10),
                now: now
            )
            guard place != nil else { return }
            self.unclaimed.removeLast(owners.count)
            self.preparing += 1
        }
        if self.preparing == 0, self.unclaimed.isEmpty { self.phase = .prepared }
    }

    private func prepared(_ call: Call, _ items: [AnswerItem]?, _ now: Instant) {
        self.preparing -= 1
        for place in 0..<call.count {
            let index = call.owner(place)
            if let item = items?[place], item.outcome == .applied {
                let safeUntil = call.sent + SafeTime.of(self.plan.claimTime)
                self.held.granted(index, token: item.token, safeUntil: safeUntil)
            } else {
                self.unclaimed.append(index)
                self.pausePreparing(items?[place].retryAfterMilliseconds ?? -1, now)
                if items?[place].outcome == .held {
                    self.preparationFailure = "a lease that is to be extended is held by another: give another --prefix"
                }
            }
        }
        self.prepare(now)
    }

    private func pausePreparing(_ retryAfterMilliseconds: Int32, _ now: Instant) {
        let pause = TimeSpan.milliseconds(Int64(max(retryAfterMilliseconds, 50)))
        self.prepareAgain = max(self.prepareAgain ?? now, now + pause)
    }

    // MARK: Offering

    private func offer(_ due: Instant, _ now: Instant) {
        let operation: Operation =
            switch self.plan.mix.draw(using: &self.random) {
            case .claim: .claim
            case .extend: .extend
            case .critical: .critical
            }
        let count = self.plan.bulk
        self.loop.tallies[Int(operation.rawValue)].offered += count
        guard self.outstanding + count <= self.plan.outstanding, let lane = self.lane() else {
            self.loop.tallies[Int(operation.rawValue)].notSent += count
            return
        }
        let owners = self.owners(operation, count)
        self.loop.tallies[Int(operation.rawValue)].notSent += count - owners.count
        guard !owners.isEmpty else { return }
        let place = self.loop.send(
            operation,
            on: lane,
            owner: owners[0],
            owners: owners.count > 1 ? owners : [],
            intended: due,
            timeout: self.plan.timeout,
            now: now
        )
        guard place != nil else {
            self.loop.tallies[Int(operation.rawValue)].notSent += owners.count
            return
        }
        self.outstanding += owners.count
    }

    private func owners(_ operation: Operation, _ count: Int) -> [Int32] {
        switch operation {
        case .extend: return self.held.take(count)
        case .critical:
            let first = self.criticalNumber
            self.criticalNumber = (first + Int32(count)) % Int32(self.plan.criticals)
            return (0..<Int32(min(count, self.plan.criticals))).map { (first + $0) % Int32(self.plan.criticals) }
        case .claim, .wait, .revoke, .login, .ping:
            let first = self.freshNumber
            self.freshNumber = (first &+ Int32(count)) & (Self.freshMark - 1)
            return (0..<Int32(count)).map { (first &+ $0) & (Self.freshMark - 1) | Self.freshMark }
        }
    }

    /// The next connection in turn that takes a call.
    private func lane() -> Lane? {
        for _ in self.loop.lanes.indices {
            self.nextLane = (self.nextLane + 1) % self.loop.lanes.count
            if self.loop.lanes[self.nextLane].isOpen, self.loop.lanes[self.nextLane].hasRoom {
                return self.loop.lanes[self.nextLane]
            }
        }
        return nil
    }

    func write(
        _ call: Call,
        id: UInt64,
        timeout: TimeSpan,
        to buffer: inout ByteBuffer,
        with writer: inout RequestWriter
    ) {
        if SystemCalls.write(call, id: id, login: self.loop.lanes[Int(call.lane)].login, to: &buffer, with: &writer) {
            return
        }
        writer.write(call.operation, id: id, timeout: timeout, count: call.count, to: &buffer) { place in
            let owner = call.owner(place)
            let isFresh = owner & Self.freshMark != 0
            let letter =
                call.operation == .critical
                ? Self.letters.critical : isFresh ? Self.letters.fresh : Self.letters.held
            let number = Int(owner & ~Self.freshMark) * self.plan.loops + self.plan.loop
            return RequestWriter.Item(
                lease: LeaseNames.Lease(kind: letter, number: number),
                contender: 0,
                milliseconds: (isFresh ? self.plan.freshTime : self.plan.claimTime).wholeMilliseconds
            )
        }
    }

    // MARK: What comes back

    func answered(_ call: Call, _ items: [AnswerItem], now: Instant) {
        if call.operation == .claim, call.owner & Self.freshMark == 0 {
            self.prepared(call, items, now)
            return
        }
        self.outstanding -= call.count
        var isGranted = false
        for place in items.indices {
            let item = items[place]
            isGranted = isGranted || item.outcome == .applied
            switch call.operation {
            case .extend: self.extended(call, call.owner(place), item, now)
            case .claim, .critical:
                if item.outcome == .applied {
                    self.claimsGranted += 1
                    let span = call.operation == .critical ? self.plan.claimTime : self.plan.freshTime
                    if now < call.sent + SafeTime.of(span) { self.loop.countGoodput(call.operation) }
                } else {
                    self.note(call.operation, item)
                }
            case .wait, .revoke, .login, .ping: break
            }
        }
        if isGranted { self.gap.close(at: now) }
    }

    private func extended(_ call: Call, _ index: Int32, _ item: AnswerItem, _ now: Instant) {
        switch item.outcome {
        case .applied:
            let stretched =
                item.nextRenewalMilliseconds > 0 ? TimeSpan.milliseconds(item.nextRenewalMilliseconds) * 2 : .zero
            let span = max(self.plan.claimTime, stretched)
            let safeUntil = call.sent + SafeTime.of(span)
            guard self.held.granted(index, token: item.token, safeUntil: safeUntil) else { return }
            self.extendsGranted += 1
            self.loop.countGoodput(.extend)
        case .held: self.lose(index, "held by another")
        case .never where self.loop.reasons[item.reason] == "not-held": self.lose(index, "not held")
        case .refused, .never, .unknown, .error, .free:
            self.note(.extend, item)
            self.held.refused(index)
        }
    }

    private func lose(_ index: Int32, _ reason: String) {
        // One that was not extended in time has been counted.
        if self.held.leases[Int(index)].isHeld { self.failures["lost: \(reason)", default: 0] += 1 }
        self.held.lose(index)
    }

    private func note(_ operation: Operation, _ item: AnswerItem) {
        let reason = item.reason > 0 ? self.loop.reasons[item.reason] : "\(item.outcome)"
        self.failures["\(operation.name): \(reason)", default: 0] += 1
    }

    func failed(_ call: Call, _ failure: CallFailure, now: Instant) {
        if call.operation == .claim, call.owner & Self.freshMark == 0 {
            self.prepared(call, nil, now)
            return
        }
        self.outstanding -= call.count
        self.failures["\(call.operation.name): \(failure.reason)", default: 0] += call.count
        guard call.operation == .extend else { return }
        for place in 0..<call.count { self.held.refused(call.owner(place)) }
    }

    func fired(_ index: Int32, generation: UInt32, now: Instant) {}

    func opened(_ lane: Int32, now: Instant) { if !self.isPrepared { self.prepare(now) } }

    func abandoned(_ lane: Int32, reason: String, now: Instant) {}

    func describe(_ second: inout LoopSecond) {
        second.held = self.held.held
        second.lost = self.held.lost - self.reported.lost
        second.failedExtends = self.failedExtends - self.reported.failedExtends
        self.reported = (self.held.lost, self.failedExtends)
        second.outstanding = self.outstanding
    }
}
