import Glibc
import NIOCore

/// Juju's units on Juju's facade, each on a connection of its own.
final class JujuWorkload: Workload {
    /// A unit with what it waits for.
    private struct Slot {
        var holder = JujuHolder()
        var generation: UInt32 = 0
        var began = Instant(nanoseconds: 0)
    }

    unowned let loop: LoadLoop
    private let units: [String]
    private let claimTime: TimeSpan
    private let renewTime: TimeSpan
    private let lines: LineWriter
    private var slots: [Slot]
    private var isEnding = false
    private(set) var active: Int
    private(set) var statistics: Statistics
    private var reported = 0

    init(
        loop: LoadLoop,
        units: [String],
        claimTime: TimeSpan,
        renewTime: TimeSpan,
        start: Instant,
        lines: LineWriter
    ) {
        self.loop = loop
        self.units = units
        self.claimTime = claimTime
        self.renewTime = renewTime
        self.lines = lines
        self.slots = Array(repeating: Slot(), count: units.count)
        self.active = units.count
        self.statistics = Statistics(startingAt: start)
    }

    /// The part before the `/`.
    static func application(_ unit: String) -> String { String(unit.prefix { $0 != "/" }) }

    /// The number after the `/`; it decides which controller a unit goes to.
    static func number(_ unit: String) -> Int {
        Int(unit.split(separator: "/", maxSplits: 1).last ?? "") ?? 0
    }

    /// As tags have it: `unit-mysql-0`.
    static func tag(_ unit: String) -> String { "unit-" + unit.map { $0 == "/" ? "-" : String($0) }.joined() }

    // MARK: One unit

    private func handle(_ index: Int32, _ event: JujuHolder.Event, now: Instant) {
        guard let (step, note) = self.slots[Int(index)].holder.handle(event, now: now) else { return }
        if let note { self.tell(note, index, now) }
        self.slots[Int(index)].began = now
        if self.isEnding {
            self.finish(index)
            return
        }
        let lane = self.loop.lanes[Int(index)]
        switch step {
        case .claim: self.send(.claim, lane, timeout: .seconds(60), now)
        case .block: self.send(.wait, lane, timeout: .seconds(86_400 * 365), now)
        case .rest:
            self.slots[Int(index)].generation &+= 1
            self.loop.schedule(
                .workload,
                index,
                generation: self.slots[Int(index)].generation,
                at: now + self.renewTime
            )
        case .end: self.finish(index)
        }
    }

    private func send(_ operation: Operation, _ lane: Lane, timeout: TimeSpan, _ now: Instant) {
        self.loop.tallies[Int(operation.rawValue)].offered += 1
        let place = self.loop.send(
            operation,
            on: lane,
            owner: lane.index,
            intended: now,
            timeout: timeout,
            now: now
        )
        if place == nil { self.handle(lane.index, .failed("connection is shut down"), now: now) }
    }

    private func finish(_ index: Int32) {
        self.active -= 1
        self.loop.lanes[Int(index)].close()
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
        let unit = self.units[Int(call.owner)]
        let application = LeaseNames.escaped(Self.application(unit))
        if call.operation == .wait {
            writer.write(
                facade: "LeadershipService",
                version: 2,
                method: "BlockUntilLeadershipReleased",
                params: Array("{\"Name\":\"".utf8) + application + Array("\"}".utf8),
                id: id,
                to: &buffer
            )
            return
        }
        let params =
            Array("{\"params\":[{\"application-tag\":\"application-".utf8) + application
            + Array("\",\"unit-tag\":\"".utf8) + LeaseNames.escaped(Self.tag(unit))
            + Array("\",\"duration\":\(self.claimTime.inSeconds)}]}".utf8)
        writer.write(
            facade: "LeadershipService",
            version: 2,
            method: "ClaimLeadership",
            params: params,
            id: id,
            to: &buffer
        )
    }

    // MARK: What comes back

    func answered(_ call: Call, _ items: [AnswerItem], now: Instant) {
        let item = items[0]
        let reason = self.loop.reasons[item.reason]
        if item.outcome == .applied { self.loop.countGoodput(call.operation) }
        if call.operation == .wait {
            self.handle(call.owner, item.outcome == .applied ? .released : .failed(reason), now: now)
        } else if item.outcome == .applied {
            self.handle(call.owner, .granted, now: now)
        } else {
            self.handle(call.owner, item.outcome == .held ? .denied : .failed(reason), now: now)
        }
    }

    func failed(_ call: Call, _ failure: CallFailure, now: Instant) {
        self.handle(call.owner, .failed(failure.reason), now: now)
    }

    func fired(_ index: Int32, generation: UInt32, now: Instant) {
        guard self.slots[Int(index)].generation == generation else { return }
        self.handle(index, .ready, now: now)
    }

    func opened(_ lane: Int32, now: Instant) {
        self.lines.connected(self.units[Int(lane)], self.loop.lanes[Int(lane)].dialTook, pid: getpid(), at: now)
        self.handle(lane, .ready, now: now)
    }

    func abandoned(_ lane: Int32, reason: String, now: Instant) {
        Terminal.complain("giving up on \(self.units[Int(lane)]): \(reason)")
        self.active -= 1
    }

    func turn(now: Instant) {}

    func prepare(now: Instant) {}

    var isPrepared: Bool { true }

    var isDone: Bool { self.active == 0 }

    /// Units begin as soon as they are connected, one after another.
    func begin(at start: Instant, now: Instant) {
        self.statistics = Statistics(startingAt: start)
        for lane in self.loop.lanes { lane.dial(now: now) }
    }

    /// They block until the leadership is released, whatever happens.
    func storm(now: Instant) {}

    var nextTurn: Instant? { nil }

    func end(now: Instant) {
        self.isEnding = true
        for index in self.slots.indices {
            let lane = self.loop.lanes[index]
            guard lane.state != .abandoned else { continue }
            // A claim on its way is seen to its end.
            if case .claiming = self.slots[index].holder.state, lane.isOpen { continue }
            self.finish(Int32(index))
        }
        self.loop.endTurn(now)
    }

    func close(at end: Instant) -> Statistics {
        self.statistics.close(at: end)
        return self.statistics
    }

    func describe(_ second: inout LoopSecond) {
        second.held = self.statistics.held
        second.lost = self.statistics.lost - self.reported
        self.reported = self.statistics.lost
        second.waiting = self.loop.lanes.reduce(0) { $0 + $1.waits }
    }

    private func tell(_ note: JujuHolder.Note, _ index: Int32, _ now: Instant) {
        let unit = self.units[Int(index)]
        let application = Self.application(unit)
        let took = now - self.slots[Int(index)].began
        self.statistics.record(note, now: now)
        switch note {
        case .claimed: self.lines.claimed(application, unit, took, at: now)
        case .extended(let held): self.lines.extended(application, unit, took, held: held, at: now)
        case .lost(let held): self.lines.lost(application, unit, held: held, took, at: now)
        case .denied: self.lines.denied(application, unit, took, at: now)
        case .unblocked: self.lines.unblocked(application, unit, took, at: now)
        case .blockFailed(let reason): self.lines.blockFailed(application, unit, took, reason, at: now)
        case .claimFailed(let reason): self.lines.claimFailed(application, unit, took, reason, at: now)
        }
    }
}
