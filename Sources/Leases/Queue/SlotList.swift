/// A doubly linked list through a slab: anything leaves it in constant time.
struct SlotList: Sendable {
    private(set) var first = QueueSlab.none
    private(set) var last = QueueSlab.none
    private(set) var count = 0

    mutating func append(_ slot: Int32, in slab: inout QueueSlab) {
        slab[slot].previous = self.last
        slab[slot].next = QueueSlab.none
        if self.last == QueueSlab.none { self.first = slot } else { slab[self.last].next = slot }
        self.last = slot
        self.count += 1
    }

    mutating func remove(_ slot: Int32, in slab: inout QueueSlab) {
        let (previous, next) = (slab[slot].previous, slab[slot].next)
        if previous == QueueSlab.none { self.first = next } else { slab[previous].next = next }
        if next == QueueSlab.none { self.last = previous } else { slab[next].previous = previous }
        self.count -= 1
    }
}
