/// The machine's deadlines, earliest first.
///
/// A deadline that is no longer wanted stays and is skipped when it comes up, because its stamp is old: forgetting is
/// O(1), with no handle to keep, and setting is O(1) for the usual delays and O(log n) for all others.
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
        fileprivate var manifold: UInt32
        var stamp: UInt32
        var kind: Kind

        var id: ManifoldID { Int(self.manifold) }

        static func < (left: Entry, right: Entry) -> Bool {
            left.at != right.at ? left.at < right.at : left.sequence < right.sequence
        }
    }

    /// Entries in order, so that adding and taking one is O(1): what waits equally long ends in the order it began, and
    /// nearly all instances have the same few deadlines.
    private struct Lane: Sendable {
        private var entries: [Entry] = []
        private var head = 0

        var count: Int { self.entries.count - self.head }
        var first: Entry? { self.head < self.entries.count ? self.entries[self.head] : nil }
        var last: Entry? { self.head < self.entries.count ? self.entries[self.entries.count - 1] : nil }

        mutating func append(_ entry: Entry) {
            self.entries.append(entry)
        }

        mutating func removeFirst() {
            self.head += 1
            if self.head == self.entries.count {
                self.entries = []
                self.head = 0
            } else if self.head >= 64, self.head * 2 >= self.entries.count {
                self.entries.removeFirst(self.head)
                self.head = 0
            }
        }

        mutating func removeAll(where isGone: (Entry) -> Bool) {
            self.entries.removeFirst(self.head)
            self.head = 0
            self.entries.removeAll(where: isGone)
        }
    }

    private static let laneLimit = 8

    private var lanes: [Lane] = []
    /// What fits behind no lane.
    private var heap: [Entry] = []
    private var nextSequence: UInt64 = 0

    var count: Int { self.lanes.reduce(self.heap.count) { $0 + $1.count } }
    var first: Entry? { self.firstPlace?.entry }

    mutating func insert(at: Duration, manifold: ManifoldID, kind: Kind, stamp: UInt32) {
        let entry = Entry(
            at: at,
            sequence: self.nextSequence,
            manifold: UInt32(truncatingIfNeeded: manifold),
            stamp: stamp,
            kind: kind
        )
        self.nextSequence += 1
        if let lane = self.lane(for: at) { return self.lanes[lane].append(entry) }
        self.heap.append(entry)
        self.siftUp(from: self.heap.count - 1)
    }

    @discardableResult
    mutating func popFirst() -> Entry? {
        guard let (lane, first) = self.firstPlace else { return nil }
        if let lane {
            self.lanes[lane].removeFirst()
            return first
        }
        let last = self.heap.removeLast()
        if !self.heap.isEmpty {
            self.heap[0] = last
            self.siftDown(from: 0)
        }
        return first
    }

    /// Drops every entry that `isLive` refuses; the caller does so when most are old.
    mutating func compact(_ isLive: (Entry) -> Bool) {
        for lane in self.lanes.indices { self.lanes[lane].removeAll { !isLive($0) } }
        self.heap.removeAll { !isLive($0) }
        for index in stride(from: self.heap.count / 2 - 1, through: 0, by: -1) { self.siftDown(from: index) }
    }

    /// The lane that ends the shortest time before `at`, or an empty one; nil when all are taken and end later.
    private mutating func lane(for at: Duration) -> Int? {
        var best: Int?
        var bestEnd = Duration.zero
        var empty: Int?
        for lane in self.lanes.indices {
            guard let end = self.lanes[lane].last?.at else {
                empty = empty ?? lane
                continue
            }
            guard end <= at, best == nil || end > bestEnd else { continue }
            best = lane
            bestEnd = end
        }
        if let lane = best ?? empty { return lane }
        guard self.lanes.count < Self.laneLimit else { return nil }
        self.lanes.append(Lane())
        return self.lanes.count - 1
    }

    /// The earliest entry and its lane; of the heap without a lane.
    private var firstPlace: (lane: Int?, entry: Entry)? {
        var place: (lane: Int?, entry: Entry)? = self.heap.first.map { (nil, $0) }
        for lane in self.lanes.indices {
            guard let first = self.lanes[lane].first else { continue }
            if let entry = place?.entry, entry < first { continue }
            place = (lane, first)
        }
        return place
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
