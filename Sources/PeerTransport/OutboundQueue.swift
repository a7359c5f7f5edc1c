import NIOCore

/// What one class of messages is, for dropping.
enum OutboundKind: UInt8, Hashable, Sendable, CaseIterable {
    case requestVote, requestVoteResult, appendEntries, appendEntriesResult, timeoutNow
}

/// Messages waiting for a peer, bounded in bytes. Raft repeats whatever is lost, so dropping is always allowed.
struct OutboundQueue {
    private struct Waiting {
        var kind: OutboundKind
        var frame: ByteBuffer
    }

    private let limit: Int
    private var waiting: CircularBuffer<Waiting> = []
    private(set) var bytes = 0

    init(limit: Int) { self.limit = limit }

    var isEmpty: Bool { self.waiting.isEmpty }
    var count: Int { self.waiting.count }

    /// Queues for a peer that is connected; beyond the limit the oldest entries go first, then the oldest of any kind.
    mutating func append(_ frame: ByteBuffer, _ kind: OutboundKind) {
        while self.bytes + frame.readableBytes > self.limit, !self.waiting.isEmpty {
            self.remove(at: self.waiting.firstIndex { $0.kind == .appendEntries } ?? self.waiting.startIndex)
        }
        self.bytes += frame.readableBytes
        self.waiting.append(Waiting(kind: kind, frame: frame))
    }

    /// Queues for a peer that is not connected: only the newest of each kind is of use when it comes back.
    mutating func replace(_ frame: ByteBuffer, _ kind: OutboundKind) {
        if let index = self.waiting.firstIndex(where: { $0.kind == kind }) { self.remove(at: index) }
        self.append(frame, kind)
    }

    /// Takes the oldest frame.
    mutating func popFirst() -> ByteBuffer? {
        guard let first = self.waiting.popFirst() else { return nil }
        self.bytes -= first.frame.readableBytes
        return first.frame
    }

    /// Forgets all but the newest of each kind: the connection they were for is gone.
    mutating func keepNewest() {
        let all = self.waiting
        self.waiting.removeAll()
        self.bytes = 0
        for item in all { self.replace(item.frame, item.kind) }
    }

    private mutating func remove(at index: CircularBuffer<Waiting>.Index) {
        self.bytes -= self.waiting[index].frame.readableBytes
        self.waiting.remove(at: index)
    }
}
