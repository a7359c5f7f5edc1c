import DequeModule

/// A subscriber's backlog, bounded in messages and in bytes, that counts what it had to drop.
struct BoundedQueue<Element: Sendable>: Sendable {
    private let limits: QueueLimits
    private var elements: Deque<(element: Element, bytes: Int)> = []
    private(set) var bytes = 0
    private(set) var dropped: UInt64 = 0
    /// Messages taken out by the reader so far.
    private(set) var delivered: UInt64 = 0

    init(limits: QueueLimits) { self.limits = limits }

    var count: Int { self.elements.count }
    var isEmpty: Bool { self.elements.isEmpty }

    mutating func append(_ element: Element, bytes: Int) {
        while !self.hasRoom(for: bytes) {
            self.dropped += 1
            switch self.limits.overflow {
            case .dropNewest: return
            case .dropOldest: self.bytes -= self.elements.removeFirst().bytes
            }
        }
        self.elements.append((element, bytes))
        self.bytes += bytes
    }

    mutating func takeFirst(_ limit: Int) -> [Element] {
        let count = min(limit, self.elements.count)
        guard count > 0 else { return [] }
        var taken: [Element] = []
        taken.reserveCapacity(count)
        for _ in 0..<count {
            let (element, bytes) = self.elements.removeFirst()
            self.bytes -= bytes
            taken.append(element)
        }
        self.delivered += UInt64(count)
        return taken
    }

    /// Counts everything queued as dropped.
    mutating func discard() {
        self.dropped += UInt64(self.elements.count)
        self.elements = []
        self.bytes = 0
    }

    private func hasRoom(for bytes: Int) -> Bool {
        self.elements.isEmpty || (self.elements.count < self.limits.messages && self.bytes + bytes <= self.limits.bytes)
    }
}
