import DequeModule
import HoldfastClient
import NIOCore

/// Contenders on leases, each going on when it has its answer: values in an array, driven by the loop's timers.
final class ContenderWorkload: Workload {
    /// One of them, with what it waits for.
    struct Slot {
        var contender: Contender
        /// Tells its present timer from earlier ones.
        var generation: UInt32 = 0
        var pending = Pending.nothing
        /// Where its wait is in the table of calls.
        var wait: Int32 = -1
        /// When what it is about to do was due; `nil` for what it does in answer to something.
        var due: Instant?
        /// When its attempt is over.
        var deadline = Instant(nanoseconds: 0)
    }

    enum Pending: UInt8 {
        /// Has not begun, or has finished.
        case nothing
        case resting, call
        /// Wants to claim, extend or revoke on a connection that is not there.
        case claimBacklog, extendBacklog, revokeBacklog
        /// Wants to wait on a connection with enough long polls.
        case waitBacklog
        /// Is due, but its connection has never been made.
        case beginning
    }

    /// What each asks on whose behalf.
    struct Share: Sendable {
        /// This loop's number, and how many there are: leases are dealt out in turn.
        var loop: Int
        var loops: Int
        /// Of this loop.
        var leases: Int
        /// On each lease.
        var contenders: Int
        var bulk: Int
        /// How many connections this loop has; as many as contenders when each has its own.
        var lanes: Int
        var hasOwnLanes: Bool
    }

    unowned let loop: LoadLoop
    let share: Share
    let plan: ContenderPlan
    private let steps: LeaseSteps
    private(set) var slots: [Slot]
    private(set) var statistics: Statistics
    private var lines: ContenderLines?
    /// Those that have not finished; when there is none the run is over.
    private(set) var active: Int
    private var isEnding = false
    private var reported = (lost: 0, failedExtends: 0)
    /// For one bulk call, by connection and operation.
    private var bulks: [UInt32: [Int32]] = [:]
    /// By connection, those who want to wait on it; empty when each has its own.
    private var waiting: [Deque<Int32>]
    private var backlogs: [Int32: [Int32]] = [:]

    /// Half of what a controller reads: after a storm the old waits are still with it while there are claims and new ones.
    static let waitsPerLane = 450

    init(loop: LoadLoop, share: Share, plan: ContenderPlan, steps: LeaseSteps, lines: LineWriter?) {
        self.loop = loop
        self.share = share
        self.plan = plan
        self.steps = steps
        self.statistics = Statistics(startingAt: .now)
        self.lines = lines.map { ContenderLines(writer: $0) }
        self.active = share.leases * share.contenders
        self.waiting = Array(repeating: [], count: share.hasOwnLanes ? 0 : share.lanes)
        self.slots = []
    }

    func prepare(now: Instant) {}

    var isPrepared: Bool { true }

    var isDone: Bool { self.active == 0 }

    /// Lets all of them begin at their time.
    func begin(at start: Instant, now: Instant) {
        self.statistics = Statistics(startingAt: start)
        self.slots.reserveCapacity(self.active)
        for index in 0..<self.active {
            let anchor = self.anchor(index / self.share.contenders, start)
            self.slots.append(
                Slot(contender: Contender(plan: self.plan, anchor: anchor, seed: self.loop.random.next()))
            )
        }
        for index in self.slots.indices { self.handle(Int32(index), .begin, now: now) }
        self.loop.endTurn(now)
    }

    /// Whether the contender is there from the start and not added in a later step.
    func isFirst(_ index: Int) -> Bool { self.steps.delay(of: self.lease(Int32(index))) == .zero }

    /// Those of one lease begin together, so that they contend, and those of one bulk call, so that it is one; the leases
    /// of a step are spread over the renew time.
    private func anchor(_ lease: Int, _ start: Instant) -> Instant {
        let group = lease / self.share.bulk * self.share.bulk
        let phase = Double(group) / Double(max(self.share.leases, 1))
        return start + self.steps.delay(of: lease * self.share.loops + self.share.loop) + self.plan.renewTime * phase
    }

    // MARK: Names

    func lease(_ index: Int32) -> Int {
        Int(index) / self.share.contenders * self.share.loops + self.share.loop
    }

    func lane(_ index: Int32) -> Lane {
        let number =
            self.share.hasOwnLanes
            ? Int(index)
            // Those of one bulk call on one connection, those of one lease on different controllers.
            : (Int(index) / self.share.contenders / self.share.bulk + Int(index) % self.share.contenders)
                % self.share.lanes
        return self.loop.lanes[number]
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
        let milliseconds = self.plan.claimTime.wholeMilliseconds
        writer.write(call.operation, id: id, timeout: timeout, count: call.count, to: &buffer) { place in
            let index = call.owner(place)
            return RequestWriter.Item(
                lease: LeaseNames.Lease(kind: UInt8(ascii: "-"), number: self.lease(index)),
                contender: Int(index) % self.share.contenders,
                milliseconds: milliseconds
            )
        }
    }

    // MARK: Driving one

    /// Hands an event to a contender and does what it wants, until there is something to wait for.
    private func handle(_ index: Int32, _ event: ContenderEvent, now: Instant) {
        var event = event
        if case .woke = event {} else { self.slots[Int(index)].due = nil }
        while true {
            let turn = self.slots[Int(index)].contender.handle(event, now: now)
            for note in turn.notes {
                switch note {
                case .granted: self.loop.countGoodput(.claim)
                case .extended: self.loop.countGoodput(.extend)
                case .denied, .failed, .retried, .extendFailed, .lost, .released: break
                }
                self.statistics.record(
                    note,
                    lease: self.lease(index),
                    contender: Int(index) % self.share.contenders,
                    now: now
                )
            }
            guard let next = self.perform(turn.step, index, now) else { return }
            event = next
        }
    }

    /// Begins a step; the event when there is one already.
    private func perform(_ step: ContenderStep, _ index: Int32, _ now: Instant) -> ContenderEvent? {
        if self.isEnding {
            // Nothing of these is begun once the run is over.
            switch step {
            case .claim, .wait, .rest: return .end
            case .extend, .retry, .revoke, .finished: break
            }
        }
        switch step {
        case .claim(let timeout): self.attempt(.claim, index, timeout, now)
        case .extend(let timeout): self.attempt(.extend, index, timeout, now)
        case .revoke(let timeout): self.attempt(.revoke, index, timeout, now)
        case .wait: self.wait(index, now)
        case .rest(let until), .retry(let until): self.pend(index, .resting, until: until)
        case .finished:
            self.slots[Int(index)].pending = .nothing
            self.active -= 1
        }
        return nil
    }

    private func pend(_ index: Int32, _ pending: Pending, until: Instant?) {
        self.slots[Int(index)].pending = pending
        self.slots[Int(index)].generation &+= 1
        if pending == .resting { self.slots[Int(index)].due = until }
        if pending == .beginning { self.slots[Int(index)].due = nil }
        guard let until else { return }
        self.loop.schedule(.workload, index, generation: self.slots[Int(index)].generation, at: until)
    }

    private func attempt(_ operation: Operation, _ index: Int32, _ timeout: TimeSpan, _ now: Instant) {
        let lane = self.lane(index)
        self.loop.tallies[Int(operation.rawValue)].offered += 1
        self.slots[Int(index)].due = min(self.slots[Int(index)].due ?? now, now)
        self.slots[Int(index)].deadline = now + timeout
        guard lane.isOpen else {
            let backlog: Pending =
                operation == .claim ? .claimBacklog : operation == .extend ? .extendBacklog : .revokeBacklog
            self.pend(index, backlog, until: now + timeout)
            self.backlogs[lane.index, default: []].append(index)
            return
        }
        self.slots[Int(index)].pending = .call
        guard self.share.bulk > 1 else {
            self.start(operation, [index], lane, until: now + timeout, now)
            return
        }
        let key = UInt32(lane.index) << 8 | UInt32(operation.rawValue)
        self.bulks[key, default: []].append(index)
        if self.bulks[key]?.count == self.share.bulk { self.sendBulk(key, now) }
    }

    private func sendBulk(_ key: UInt32, _ now: Instant) {
        guard let owners = self.bulks.removeValue(forKey: key), !owners.isEmpty,
            let operation = Operation(rawValue: UInt8(truncatingIfNeeded: key))
        else { return }
        let deadline = owners.lazy.map { self.slots[Int($0)].deadline }.min() ?? now
        self.start(operation, owners, self.loop.lanes[Int(key >> 8)], until: deadline, now)
    }

    /// Sends a call; it counts from when the first of its operations was due.
    private func start(
        _ operation: Operation,
        _ owners: [Int32],
        _ lane: Lane,
        until deadline: Instant,
        _ now: Instant
    ) {
        let due = owners.lazy.compactMap { self.slots[Int($0)].due }.min() ?? now
        let place = self.loop.send(
            operation,
            on: lane,
            owner: owners[0],
            owners: owners.count > 1 ? owners : [],
            intended: operation == .wait ? now : due,
            timeout: max(deadline - now, .milliseconds(1)),
            now: now
        )
        if let place {
            if operation == .wait { self.slots[Int(owners[0])].wait = place }
            return
        }
        for index in owners { self.handle(index, .failed(reason: "connection lost or not made"), now: now) }
    }

    private func wait(_ index: Int32, _ now: Instant) {
        let lane = self.lane(index)
        guard lane.isOpen, lane.waits < Self.waitsPerLane, lane.hasRoom else {
            self.pend(index, .waitBacklog, until: lane.isOpen ? nil : now + .seconds(1))
            if lane.isOpen, !self.share.hasOwnLanes { self.waiting[Int(lane.index)].append(index) }
            return
        }
        self.slots[Int(index)].pending = .call
        self.start(.wait, [index], lane, until: now + self.plan.waitTimeout, now)
    }

    func relieved(_ lane: Int32, now: Instant) { self.nextWaiter(self.loop.lanes[Int(lane)], now) }

    /// One call less: a long poll may begin.
    private func nextWaiter(_ lane: Lane, _ now: Instant) {
        guard !self.share.hasOwnLanes else { return }
        while lane.isOpen, lane.waits < Self.waitsPerLane, lane.hasRoom,
            let index = self.waiting[Int(lane.index)].popFirst()
        {
            if self.slots[Int(index)].pending == .waitBacklog { self.wait(index, now) }
        }
    }

    // MARK: What comes back

    func answered(_ call: Call, _ items: [AnswerItem], now: Instant) {
        for place in items.indices {
            let (index, item) = (call.owner(place), items[place])
            if call.operation == .wait {
                if item.outcome == .free { self.loop.countGoodput(.wait) }
                if item.outcome == .error {
                    self.handle(index, .failed(reason: self.loop.reasons[item.reason]), now: now)
                } else {
                    self.handle(index, .waited(free: item.outcome == .free), now: now)
                }
                continue
            }
            if call.operation == .revoke, item.outcome == .applied { self.loop.countGoodput(.revoke) }
            self.lines?.tell(
                call,
                item,
                lease: self.lease(index),
                contender: Int(index) % self.share.contenders,
                index,
                now: now
            )
            guard item.outcome != .error else {
                self.handle(index, .failed(reason: "not valid: \(self.loop.reasons[item.reason])"), now: now)
                continue
            }
            self.handle(index, .answered(ContenderAnswer(item, self.loop.reasons), sent: call.sent), now: now)
        }
        self.nextWaiter(self.loop.lanes[Int(call.lane)], now)
    }

    func failed(_ call: Call, _ failure: CallFailure, now: Instant) {
        for place in 0..<call.count { self.handle(call.owner(place), .failed(reason: failure.reason), now: now) }
        self.nextWaiter(self.loop.lanes[Int(call.lane)], now)
    }

    func fired(_ index: Int32, generation: UInt32, now: Instant) {
        let slot = self.slots[Int(index)]
        guard slot.generation == generation else { return }
        switch slot.pending {
        case .resting:
            // It begins with its connection: what is measured is leases, not handshakes.
            let lane = self.lane(index)
            if self.share.hasOwnLanes, !lane.hasBeenOpen {
                lane.dial(now: now)
                self.pend(index, .beginning, until: nil)
            } else {
                self.handle(index, .woke, now: now)
            }
        case .claimBacklog, .extendBacklog, .revokeBacklog:
            self.handle(index, .failed(reason: "connection lost or not made"), now: now)
        case .waitBacklog: self.wait(index, now)
        case .nothing, .call, .beginning: break
        }
    }

    func opened(_ lane: Int32, now: Instant) {
        if self.share.hasOwnLanes, Int(lane) < self.slots.count, self.slots[Int(lane)].pending == .beginning {
            self.slots[Int(lane)].pending = .resting
            self.handle(lane, .woke, now: now)
        }
        for index in self.backlogs.removeValue(forKey: lane) ?? [] {
            let operation: Operation
            switch self.slots[Int(index)].pending {
            case .claimBacklog: operation = .claim
            case .extendBacklog: operation = .extend
            case .revokeBacklog: operation = .revoke
            case .nothing, .resting, .call, .waitBacklog, .beginning: continue
            }
            self.slots[Int(index)].generation &+= 1
            self.slots[Int(index)].pending = .call
            self.start(operation, [index], self.loop.lanes[Int(lane)], until: self.slots[Int(index)].deadline, now)
        }
        if !self.share.hasOwnLanes { self.nextWaiter(self.loop.lanes[Int(lane)], now) }
    }

    func abandoned(_ lane: Int32, reason: String, now: Instant) {}

    func turn(now: Instant) {
        while let key = self.bulks.keys.first { self.sendBulk(key, now) }
    }

    /// Incomplete bulk calls leave at the end of the turn.
    var nextTurn: Instant? { self.bulks.isEmpty ? nil : Instant(nanoseconds: 0) }

    // MARK: All of them

    func end(now: Instant) {
        self.isEnding = true
        for index in self.slots.indices {
            let slot = self.slots[index]
            switch slot.pending {
            case .resting:
                if case .retrying = slot.contender.state { continue }
                self.handle(Int32(index), .end, now: now)
            case .call:
                guard case .waiting = slot.contender.state else { continue }
                self.loop.forget(slot.wait)
                self.handle(Int32(index), .end, now: now)
            case .claimBacklog, .waitBacklog, .beginning: self.handle(Int32(index), .end, now: now)
            case .nothing, .extendBacklog, .revokeBacklog: break
            }
        }
        self.loop.endTurn(now)
    }

    /// Lets all that wait claim at once, as if every lease had become free.
    func storm(now: Instant) {
        for index in self.slots.indices {
            // With too many waits of an earlier storm still at the controller it would not read the claims.
            guard case .waiting = self.slots[index].contender.state, self.slots[index].pending == .call,
                self.lane(Int32(index)).hasRoom
            else { continue }
            // The controller goes on waiting; its answer comes to nobody.
            self.loop.forget(self.slots[index].wait)
            self.handle(Int32(index), .waited(free: true), now: now)
        }
        self.loop.endTurn(now)
    }

    func close(at end: Instant) -> Statistics {
        self.statistics.close(at: end)
        return self.statistics
    }

    func describe(_ second: inout LoopSecond) {
        second.held = self.statistics.held
        second.lost = self.statistics.lost - self.reported.lost
        second.failedExtends = self.statistics.extendsFailed - self.reported.failedExtends
        self.reported = (self.statistics.lost, self.statistics.extendsFailed)
        second.waiting = self.loop.lanes.reduce(0) { $0 + $1.waits }
    }
}
