/// The machine's deadlines, earliest first.
///
/// A deadline that is no longer wanted stays in the heap and is skipped when it comes up, because its stamp is old:
/// setting and forgetting are O(log n) and O(1), with no handle to keep.
struct TimerQueue: Sendable {
    enum Kind: UInt8, Sendable {
        /// A back-off is over.
        case retry
        /// The settle window of a manifold's optional inputs is over.
        case settle
        /// An instance took too long to start or to stop.
        case instance
        /// The engine's own: the drain is over, cancel everything, abandon everything.
        case drainOver, cancelAll, abandonAll
    }

    struct Entry: Sendable {
        var at: Duration
        /// Keeps entries of one instant in the order they were set.
        var sequence: UInt64
        var manifold: ManifoldID
        var kind: Kind
        var stamp: UInt32

        static func < (left: Entry, right: Entry) -> Bool {
            left.at != right.at ? left.at < right.at : left.sequence < right.sequence
        }
    }

    private var heap: [Entry] = []
    private var nextSequence: UInt64 = 0

    var count: Int { self.heap.count }
    var first: Entry? { self.heap.first }

    mutating func insert(at: Duration, manifold: ManifoldID, kind: Kind, stamp: UInt32) {
        self.heap.append(
            Entry(at: at, sequence: self.nextSequence, manifold: manifold, kind: kind, stamp: stamp)
        )
        self.nextSequence += 1
        self.siftUp(from: self.heap.count - 1)
    }

    @discardableResult
    mutating func popFirst() -> Entry? {
        guard let first = self.heap.first else { return nil }
        let last = self.heap.removeLast()
        if !self.heap.isEmpty {
            self.heap[0] = last
            self.siftDown(from: 0)
        }
        return first
    }

    /// Drops every entry that `isLive` refuses; the caller does so when most are old.
    mutating func compact(_ isLive: (Entry) -> Bool) {
        self.heap.removeAll { !isLive($0) }
        for index in stride(from: self.heap.count / 2 - 1, through: 0, by: -1) { self.siftDown(from: index) }
    }

    private mutating func siftUp(from start: Int) {
        var index = start
        while index > 0 {
            let parent = (index - 1) / 2
            guard self.heap[index] < self.heap[parent] else { return }
            self.heap.swapAt(index, parent)
            index = parent
        }
    }

    private mutating func siftDown(from start: Int) {
        var index = start
        while true {
            let left = 2 * index + 1
            guard left < self.heap.count else { return }
            let right = left + 1
            let smaller = right < self.heap.count && self.heap[right] < self.heap[left] ? right : left
            guard self.heap[smaller] < self.heap[index] else { return }
            self.heap.swapAt(index, smaller)
            index = smaller
        }
    }
}
