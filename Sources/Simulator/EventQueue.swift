/// What is going to happen, earliest first, and in the order of scheduling at the same instant.
struct EventQueue<Event> {
    private struct Slot {
        var time: UInt64
        var number: UInt64
        var event: Event

        func isBefore(_ other: Slot) -> Bool {
            self.time != other.time ? self.time < other.time : self.number < other.number
        }
    }

    /// A binary heap. Its order must be total and the same in every run, which is why it is spelled out here.
    private var heap: [Slot] = []
    private var count: UInt64 = 0

    /// Schedules `event` for `time`, in virtual milliseconds.
    mutating func schedule(_ event: Event, at time: UInt64) {
        self.count += 1
        self.heap.append(Slot(time: time, number: self.count, event: event))
        var child = self.heap.count - 1
        while child > 0 {
            let parent = (child - 1) / 2
            guard self.heap[child].isBefore(self.heap[parent]) else { return }
            self.heap.swapAt(child, parent)
            child = parent
        }
    }

    /// Takes the earliest event if it is not later than `limit`.
    mutating func next(until limit: UInt64) -> (time: UInt64, event: Event)? {
        guard let first = self.heap.first, first.time <= limit else { return nil }
        let last = self.heap.removeLast()
        if !self.heap.isEmpty {
            self.heap[0] = last
            self.sink()
        }
        return (first.time, first.event)
    }

    private mutating func sink() {
        var parent = 0
        while true {
            var least = parent
            for child in (2 * parent + 1)...(2 * parent + 2)
            where child < self.heap.count && self.heap[child].isBefore(self.heap[least]) {
                least = child
            }
            if least == parent { return }
            self.heap.swapAt(parent, least)
            parent = least
        }
    }
}
