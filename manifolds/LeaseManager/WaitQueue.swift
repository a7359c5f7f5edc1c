import AgentResources
import HeapModule
import Leases

/// Those who wait for leases to be free, as a value, small for very many.
///
/// Those who wait for one lease stand in a line, the eldest first. When it gets free the first of them is woken; as long
/// as it stays free, up to 8 more after a while, then up to 16, and so on: whoever is woken and does not claim stops
/// nobody, and a lease that is claimed again keeps the rest waiting.
struct WaitQueue: Sendable {
    typealias Reply = @Sendable (Result<Bool, LeaseServiceError>) -> Void

    /// Names a waiter.
    struct ID: Sendable, Hashable {
        fileprivate(set) var slot: UInt32
        /// Never used twice; grows, so that a smaller one came earlier.
        fileprivate(set) var age: UInt64
    }

    /// An answer owed, to be given outside the lock.
    struct Owed: Sendable {
        var reply: Reply
        var answer: Result<Bool, LeaseServiceError>
    }

    /// How many may wait.
    static let limit = 1_000_000
    /// Between two waves: longer than it takes to claim.
    static let waveInterval = Duration.milliseconds(100)
    static let secondWave: UInt32 = 8

    static let none = UInt32.max

    struct Waiter: Sendable {
        /// `nil` for a free slot.
        var reply: Reply?
        var caller: Caller?
        var age: UInt64
        var line: UInt32
        var next: UInt32
        var previous: UInt32
    }

    struct Line: Sendable {
        var key: LeaseKey
        var first = WaitQueue.none
        var last = WaitQueue.none
        /// Those up to this age may be woken: the lease was seen free after they came.
        var confirmed: UInt64 = 0
        /// How many the next wave wakes; 0 while the lease is not known to be free.
        var wave: UInt32 = 0
        /// Somebody came who has not been told yet by the leader whether it is free.
        var isUnasked = false
        var isAsking = false
        /// Tells lines apart that had the same place one after the other.
        var stamp: UInt64
    }

    struct Deadline: Sendable, Comparable {
        var instant: Uptime
        var id: ID

        static func < (left: Self, right: Self) -> Bool { left.instant < right.instant }
    }

    struct Wave: Sendable {
        var instant: Uptime
        var line: UInt32
        var stamp: UInt64
    }

    var waiters: [Waiter] = []
    var freeWaiter = WaitQueue.none
    var lines: [Line] = []
    var freeLines: [UInt32] = []
    var places: [LeaseKey: UInt32] = [:]
    var deadlines: Heap<Deadline> = []
    /// In order, all intervals being the same.
    var waves: [Wave] = []
    var nextWave = 0
    var unasked: Set<LeaseKey> = []
    /// Where the next look for abandoned waiters begins.
    var nextSwept = 0
    private(set) var lastAge: UInt64 = 0
    private(set) var count = 0
    var wakeUps: UInt64 = 0

    /// Keys somebody waits for.
    var keys: [LeaseKey] { Array(self.places.keys) }

    /// Adds one at the end of the line; `nil` when there is no room.
    mutating func add(_ key: LeaseKey, deadline: Uptime?, caller: Caller?, _ reply: @escaping Reply) -> ID? {
        guard self.count < Self.limit else { return nil }
        self.lastAge += 1
        self.count += 1
        let line = self.line(of: key)
        let waiter = Waiter(
            reply: reply,
            caller: caller,
            age: self.lastAge,
            line: line,
            next: Self.none,
            previous: self.lines[Int(line)].last
        )
        let slot: UInt32
        if self.freeWaiter != Self.none {
            slot = self.freeWaiter
            self.freeWaiter = self.waiters[Int(slot)].next
            self.waiters[Int(slot)] = waiter
        } else {
            slot = UInt32(self.waiters.count)
            self.waiters.append(waiter)
        }
        if waiter.previous == Self.none {
            self.lines[Int(line)].first = slot
        } else {
            self.waiters[Int(waiter.previous)].next = slot
        }
        self.lines[Int(line)].last = slot
        let id = ID(slot: slot, age: self.lastAge)
        if let deadline { self.deadlines.insert(Deadline(instant: deadline, id: id)) }
        return id
    }

    private mutating func line(of key: LeaseKey) -> UInt32 {
        if let line = self.places[key] { return line }
        let new = Line(key: key, stamp: self.lastAge)
        let line: UInt32
        if let free = self.freeLines.popLast() {
            line = free
            self.lines[Int(line)] = new
        } else {
            line = UInt32(self.lines.count)
            self.lines.append(new)
        }
        self.places[key] = line
        return line
    }

    /// Takes one out, wherever it stands, and its line with the last of them.
    mutating func remove(_ id: ID) -> Waiter? {
        let slot = Int(id.slot)
        guard self.waiters.indices.contains(slot), self.waiters[slot].age == id.age, self.waiters[slot].reply != nil
        else { return nil }
        let waiter = self.waiters[slot]
        let line = Int(waiter.line)
        if waiter.previous == Self.none {
            self.lines[line].first = waiter.next
        } else {
            self.waiters[Int(waiter.previous)].next = waiter.next
        }
        if waiter.next == Self.none {
            self.lines[line].last = waiter.previous
        } else {
            self.waiters[Int(waiter.next)].previous = waiter.previous
        }
        self.waiters[slot].reply = nil
        self.waiters[slot].caller = nil
        self.waiters[slot].next = self.freeWaiter
        self.freeWaiter = id.slot
        self.count -= 1
        if self.lines[line].first == Self.none {
            self.places[self.lines[line].key] = nil
            self.unasked.remove(self.lines[line].key)
            self.lines[line].stamp = 0
            self.freeLines.append(waiter.line)
        }
        if self.count == 0 { self.giveRoomBack() }
        return waiter
    }

    /// After a storm.
    private mutating func giveRoomBack() {
        self.deadlines = []
        self.waves = []
        self.nextWave = 0
        guard self.waiters.count > 4_096 else { return }
        self.waiters = []
        self.freeWaiter = Self.none
        self.lines = []
        self.freeLines = []
        self.places = [:]
    }
}
