/// Operations by when their leases end, earliest first, then by arrival. Each slot knows its place, so that what expires
/// leaves at once and nothing dead is carried along.
struct EndsHeap: Sendable {
    private struct Entry: Sendable {
        var ends: Int64
        var sequence: UInt64
        var slot: Int32

        func isBefore(_ other: Entry) -> Bool {
            self.ends != other.ends ? self.ends < other.ends : self.sequence < other.sequence
        }
    }

    private var entries: ContiguousArray<Entry> = []

    var count: Int { self.entries.count }
    var first: Int32 { self.entries.first?.slot ?? QueueSlab.none }

    /// Puts `slot` where its end tells, or where `latest` does if that is earlier.
    mutating func insert(_ slot: Int32, sequence: UInt64, latest: Int64 = .max, in slab: inout QueueSlab) {
        let entry = Entry(ends: min(slab[slot].ends, latest), sequence: sequence, slot: slot)
        self.entries.append(entry)
        self.rise(entry, from: self.entries.count - 1, &slab)
    }

    mutating func remove(_ slot: Int32, in slab: inout QueueSlab) {
        let place = Int(slab[slot].position)
        let last = self.entries.removeLast()
        guard place < self.entries.count else { return }
        if place > 0, last.isBefore(self.entries[(place - 1) / 4]) {
            self.rise(last, from: place, &slab)
        } else {
            self.sink(last, from: place, &slab)
        }
    }

    /// Lets `heir` stand where `slot` stood.
    mutating func replace(_ slot: Int32, with heir: Int32, in slab: inout QueueSlab) {
        let place = slab[slot].position
        self.entries[Int(place)].slot = heir
        slab[heir].position = place
    }

    /// Every slot, in no order.
    func forEach(_ body: (Int32) -> Void) { for entry in self.entries { body(entry.slot) } }

    private mutating func rise(_ entry: Entry, from start: Int, _ slab: inout QueueSlab) {
        var place = start
        while place > 0 {
            let parent = (place - 1) / 4
            guard entry.isBefore(self.entries[parent]) else { break }
            self.put(self.entries[parent], at: place, &slab)
            place = parent
        }
        self.put(entry, at: place, &slab)
    }

    private mutating func sink(_ entry: Entry, from start: Int, _ slab: inout QueueSlab) {
        var place = start
        while true {
            let firstChild = place * 4 + 1
            guard firstChild < self.entries.count else { break }
            var best = firstChild
            for child in firstChild..<min(firstChild + 4, self.entries.count)
            where self.entries[child].isBefore(self.entries[best]) {
                best = child
            }
            guard self.entries[best].isBefore(entry) else { break }
            self.put(self.entries[best], at: place, &slab)
            place = best
        }
        self.put(entry, at: place, &slab)
    }

    private mutating func put(_ entry: Entry, at place: Int, _ slab: inout QueueSlab) {
        self.entries[place] = entry
        slab[entry.slot].position = Int32(place)
    }
}
