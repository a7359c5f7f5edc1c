/// What waits, in slots that are used again, linked by their numbers: an operation costs no allocation of its own.
struct QueueSlab: Sendable {
    /// No slot.
    static let none: Int32 = -1

    /// One waiting operation.
    struct Item: Sendable {
        var lease: UInt64 = 0
        var id: UInt64 = 0
        var validUntil: UInt64 = 0
        var deadline: Int64 = 0
        var arrived: Int64 = 0
        /// What a heap orders by.
        var ends: Int64 = 0
        var bytes: Int32 = 0
        /// Its place in a heap; for an extension answered with another one, that one's slot.
        var position: Int32 = QueueSlab.none
        /// Neighbours in the list of its class or model.
        var next: Int32 = QueueSlab.none
        var previous: Int32 = QueueSlab.none
        /// Neighbours among those whose deadlines are close.
        var laterDue: Int32 = QueueSlab.none
        var earlierDue: Int32 = QueueSlab.none
        /// The model's flow, of a claim; of an extension the next newer one that is answered with it.
        var link: Int32 = QueueSlab.none
        var rank: UInt8 = 0
        var level: UInt8 = 0
        /// Waits in no heap or list of its own: it is answered with an older extension of the same lease.
        var isRider = false
        /// Found by its lease, so that later extensions join it.
        var isKeyed = false
    }

    private var items: ContiguousArray<Item> = []
    private var free: ContiguousArray<Int32> = []

    subscript(slot: Int32) -> Item {
        _read { yield self.items[Int(slot)] }
        _modify { yield &self.items[Int(slot)] }
    }

    /// Puts `item` into a slot of the lowest numbers there are.
    mutating func insert(_ item: Item) -> Int32 {
        if let slot = self.free.popLast() {
            self.items[Int(slot)] = item
            return slot
        }
        self.items.append(item)
        return Int32(self.items.count - 1)
    }

    /// Frees a slot; its item stays readable until the next `insert`.
    mutating func release(_ slot: Int32) { self.free.append(slot) }
}
