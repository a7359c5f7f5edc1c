import NIOCore
import NIOSSL

/// One event loop's part of a run: its connections, the calls on them, their timers and counters. All of it belongs to
/// the loop; nothing is locked, and nothing is made for an operation but its bytes.
final class LoadLoop {
    /// How connections are made.
    struct Settings: Sendable {
        var controllers: [Endpoint]
        var tls: NIOSSLContext
        /// `nil` when certificates are not checked.
        var serverName: String?
        var path: String
        /// At a time.
        var dials: Int
        var dialTimeout = TimeSpan.seconds(20)
        /// So often a connection that fails is tried; `nil`: for ever.
        var dialAttempts: Int?
    }

    /// What a timer is for; the rest of its tag is a number.
    enum Timer: UInt32 {
        case workload, call, lane
    }

    let eventLoop: any EventLoop
    let settings: Settings
    var lanes: [Lane] = []
    var calls = CallTable()
    var wheel: TimerWheel
    var writer: RequestWriter
    var reasons = ReasonTable()
    var tallies = [ClassTally](repeating: ClassTally(), count: Operation.allCases.count)
    var latencies = LatencyTable()
    /// Answered, since the start.
    var operations = 0
    var random: SplitMix64
    var workload: (any Workload)?
    /// Those to be dialled.
    var dialQueue: [Int32] = []
    /// Where in it the next one is.
    var nextDial = 0
    var dialing = 0
    var openLanes = 0
    /// Of the last connection that failed.
    var lastDialFailure: String?
    var isStopped = false

    private var dirty: [Int32] = []
    private var due: [TimerWheel.Entry] = []
    private var items: [AnswerItem] = []
    private var alarm: Scheduled<Void>?
    private var alarmAt: Instant?

    init(_ eventLoop: any EventLoop, settings: Settings, writer: RequestWriter, seed: UInt64) {
        self.eventLoop = eventLoop
        self.settings = settings
        self.writer = writer
        self.wheel = TimerWheel(now: .now)
        self.random = SplitMix64(seed: seed)
    }

    // MARK: Turns

    /// Does what is due, sends what that made, and sets the alarm for what is due next.
    func turn() {
        guard !self.isStopped else { return }
        let now = Instant.now
        self.due.removeAll(keepingCapacity: true)
        self.wheel.advance(to: now, into: &self.due)
        let due = self.due
        for entry in due { self.fire(entry, now) }
        self.workload?.turn(now: now)
        self.endTurn(now)
    }

    /// Sends everything written in this turn, each connection's in one write.
    func endTurn(_ now: Instant) {
        guard !self.isStopped else { return }
        var index = 0
        // Written to in the meantime: the list may grow.
        while index < self.dirty.count {
            self.lanes[Int(self.dirty[index])].flush()
            index += 1
        }
        self.dirty.removeAll(keepingCapacity: true)
        self.arm(now)
    }

    /// Ends everything at once.
    func stop() {
        self.isStopped = true
        self.alarm?.cancel()
        self.alarm = nil
        for lane in self.lanes { lane.close() }
        // They hold this loop.
        self.lanes = []
        self.workload = nil
    }

    func markDirty(_ lane: Lane) {
        guard !lane.isDirty else { return }
        lane.isDirty = true
        self.dirty.append(lane.index)
    }

    private func arm(_ now: Instant) {
        guard !self.isStopped else { return }
        var next = self.wheel.next
        if let turn = self.workload?.nextTurn { next = min(next ?? turn, turn) }
        guard let next else { return }
        if let alarmAt = self.alarmAt, alarmAt <= next { return }
        self.alarm?.cancel()
        self.alarmAt = next
        // Many small turns are dearer than a few: what is due within a moment comes together.
        let delay = max((next - now).nanoseconds, Self.shortestTurn)
        let bound = NIOLoopBound(self, eventLoop: self.eventLoop)
        self.alarm = self.eventLoop.scheduleTask(in: .nanoseconds(delay)) {
            bound.value.alarmAt = nil
            bound.value.turn()
        }
    }

    private static let shortestTurn: Int64 = 100_000

    private func fire(_ entry: TimerWheel.Entry, _ now: Instant) {
        let index = Int32(entry.tag & 0x3FFF_FFFF)
        switch Timer(rawValue: entry.tag >> 30) {
        case .workload: self.workload?.fired(index, generation: entry.generation, now: now)
        case .call where self.calls.isCurrent(index, generation: entry.generation):
            let call = self.take(index)
            let lane = self.lanes[Int(call.lane)]
            // A controller that says nothing, not even that it cannot, is as good as gone.
            let isSilent = lane.lastAnswer < call.sent
            self.fail(call, CallFailure(kind: .timedOut, reason: "no answer in time"), now)
            if isSilent { lane.drop(now: now) }
        case .lane: self.lanes[Int(index)].fired(generation: entry.generation, now: now)
        case .call, nil: break
        }
    }

    /// Sets a timer.
    func schedule(_ timer: Timer, _ index: Int32, generation: UInt32, at due: Instant) {
        self.wheel.schedule(
            TimerWheel.Entry(due: due, tag: timer.rawValue << 30 | UInt32(index), generation: generation)
        )
    }

    // MARK: Calls

    /// Sends a call on an open connection: its place in the table, or `nil` when it cannot be sent; the workload then
    /// hears nothing of it.
    @discardableResult
    func send(
        _ operation: Operation,
        on lane: Lane,
        owner: Int32,
        owners: [Int32] = [],
        intended: Instant,
        timeout: TimeSpan,
        now: Instant
    ) -> Int32? {
        guard lane.isOpen || operation == .login else { return nil }
        let call = Call(
            operation: operation,
            lane: lane.index,
            owner: owner,
            owners: owners,
            intended: intended,
            sent: now
        )
        guard let place = self.calls.insert(call, head: &lane.firstCall) else { return nil }
        self.tallies[Int(operation.rawValue)].started += call.count
        lane.unanswered += 1
        if operation == .wait { lane.waits += 1 }
        // The controller gives up a little before we do, so that it can say so.
        let patience = max(timeout - .milliseconds(100), timeout / 2)
        self.workload?.write(
            call,
            id: self.calls.id(place),
            timeout: patience,
            to: &lane.outgoing,
            with: &self.writer
        )
        self.markDirty(lane)
        self.schedule(.call, place, generation: self.calls[place].generation, at: now + timeout)
        return place
    }

    /// Takes a call out of the tables.
    func take(_ place: Int32) -> Call {
        let lane = self.lanes[Int(self.calls[place].lane)]
        let call = self.calls.remove(place, head: &lane.firstCall)
        lane.unanswered -= 1
        if call.operation == .wait { lane.waits -= 1 }
        return call
    }

    /// Takes a call out of the tables whose answer is of no use any more, but which the controller goes on with.
    func forget(_ place: Int32) {
        self.lanes[Int(self.calls[place].lane)].forget(self.calls.id(place))
        _ = self.take(place)
    }

    /// A whole message arrived on `lane`.
    func received(_ message: ByteBuffer, on lane: Lane, now: Instant) {
        guard !self.isStopped else { return }
        lane.lastAnswer = now
        var items = self.items
        self.items = []
        defer { self.items = items }
        let head: AnswerHead
        do {
            head = try message.withUnsafeReadableBytes { bytes throws(AnswerReader.Malformed) in
                try AnswerReader.read(
                    bytes.assumingMemoryBound(to: UInt8.self),
                    reasons: &self.reasons,
                    items: &items
                )
            }
        } catch {
            lane.drop(now: now)
            return
        }
        // An answer nobody waits for any more came after its deadline.
        guard let place = self.calls.place(id: head.id), self.calls[place].lane == lane.index else {
            if lane.remembers(head.id) { self.workload?.relieved(lane.index, now: now) }
            return
        }
        let call = self.take(place)
        if let failure = head.failure {
            let retryAfter = head.retryAfterMilliseconds
            let failure = CallFailure(
                kind: .refused,
                reason: self.reasons[failure],
                retryAfter: retryAfter < 0 ? nil : .milliseconds(Int64(retryAfter))
            )
            self.fail(call, failure, now)
        } else if call.operation == .login {
            lane.loggedIn(now: now)
        } else if call.operation != .ping {
            guard items.count == call.count else {
                self.fail(call, CallFailure(kind: .refused, reason: "an answer with other items"), now)
                return
            }
            self.count(call, items, now)
            self.workload?.answered(call, items, now: now)
        }
    }

    func fail(_ call: Call, _ failure: CallFailure, _ now: Instant) {
        switch call.operation {
        case .login: self.lanes[Int(call.lane)].loginFailed(failure.reason, now: now)
        case .ping: break
        case .claim, .extend, .wait, .revoke, .critical:
            self.count(call, failure, now)
            self.workload?.failed(call, failure, now: now)
        }
    }
}
