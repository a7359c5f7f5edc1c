/// A call that was sent and not answered.
struct Call: Sendable {
    var operation: Operation
    /// Tells it from earlier calls at the same place.
    var generation: UInt32 = 0
    var lane: Int32
    /// For whom: the workload's own number; of a bulk call the first.
    var owner: Int32
    /// For whom a bulk call is; empty for a single one.
    var owners: [Int32] = []
    /// When it should have been sent.
    var intended: Instant
    var sent: Instant

    /// Neighbours in its connection's list, or in the list of free places.
    fileprivate(set) var next: Int32 = -1
    fileprivate(set) var previous: Int32 = -1
    fileprivate(set) var isUsed = false

    var count: Int { max(self.owners.count, 1) }

    func owner(_ index: Int) -> Int32 { self.owners.isEmpty ? self.owner : self.owners[index] }
}

/// All calls of one loop that are not answered: their places are their ids, so that an answer finds its call without a
/// dictionary, and each connection knows its own in a list through them.
struct CallTable: Sendable {
    /// A place needs 24 bits of an id.
    static let most = 1 << 24

    private(set) var calls: [Call] = []
    private var free: Int32 = -1
    private(set) var count = 0

    subscript(place: Int32) -> Call { self.calls[Int(place)] }

    /// Enters a call at the head of its connection's list; `nil` when there are too many.
    mutating func insert(_ call: Call, head: inout Int32) -> Int32? {
        var call = call
        let place: Int32
        if self.free >= 0 {
            place = self.free
            self.free = self.calls[Int(place)].next
            call.generation = self.calls[Int(place)].generation &+ 1
        } else {
            guard self.calls.count < Self.most else { return nil }
            place = Int32(self.calls.count)
            call.generation = 1
            self.calls.append(call)
        }
        // Zero would be taken for no id at the first place.
        if call.generation == 0 { call.generation = 1 }
        call.isUsed = true
        call.previous = -1
        call.next = head
        if head >= 0 { self.calls[Int(head)].previous = place }
        head = place
        self.calls[Int(place)] = call
        self.count += 1
        return place
    }

    /// Takes a call out of the table and of its connection's list.
    mutating func remove(_ place: Int32, head: inout Int32) -> Call {
        let call = self.calls[Int(place)]
        if call.previous >= 0 { self.calls[Int(call.previous)].next = call.next } else { head = call.next }
        if call.next >= 0 { self.calls[Int(call.next)].previous = call.previous }
        self.calls[Int(place)].isUsed = false
        self.calls[Int(place)].owners = []
        self.calls[Int(place)].next = self.free
        self.free = place
        self.count -= 1
        return call
    }

    /// What identifies the call on the wire.
    func id(_ place: Int32) -> UInt64 { UInt64(self.calls[Int(place)].generation) << 24 | UInt64(place) }

    /// The place of the call an answer is for; `nil` when nobody waits for it any more.
    func place(id: UInt64) -> Int32? {
        let place = Int(id & 0xFF_FFFF)
        guard place < self.calls.count, self.calls[place].isUsed,
            UInt64(self.calls[place].generation) == id >> 24
        else { return nil }
        return Int32(place)
    }

    /// Whether the timer of a call still concerns it.
    func isCurrent(_ place: Int32, generation: UInt32) -> Bool {
        Int(place) < self.calls.count && self.calls[Int(place)].isUsed
            && self.calls[Int(place)].generation == generation
    }
}
