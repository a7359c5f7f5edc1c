import NIOCore
import Testing

@testable import PeerTransport

@Suite struct OutboundQueueTests {
    private static func drained(_ queue: OutboundQueue) -> [String] {
        var queue = queue
        var texts: [String] = []
        while let frame = queue.popFirst() { texts.append(String(buffer: frame)) }
        return texts
    }

    @Test("frames leave in the order they came")
    func order() {
        var queue = OutboundQueue(limit: 100)
        for text in ["a", "b", "c"] { queue.append(ByteBuffer(string: text), .appendEntries) }
        #expect(Self.drained(queue) == ["a", "b", "c"])
    }

    @Test("beyond the limit the oldest entries go first, votes stay")
    func limit() {
        var queue = OutboundQueue(limit: 6)
        queue.append(ByteBuffer(string: "vv"), .requestVote)
        queue.append(ByteBuffer(string: "e1"), .appendEntries)
        queue.append(ByteBuffer(string: "e2"), .appendEntries)
        queue.append(ByteBuffer(string: "rr"), .appendEntriesResult)
        #expect(Self.drained(queue) == ["vv", "e2", "rr"])
        #expect(queue.bytes == 6)
    }

    @Test("while the peer is away only the newest of each kind is kept")
    func replace() {
        var queue = OutboundQueue(limit: 100)
        for index in 0..<50 { queue.replace(ByteBuffer(string: "e\(index)"), .appendEntries) }
        queue.replace(ByteBuffer(string: "v1"), .requestVote)
        queue.replace(ByteBuffer(string: "v2"), .requestVote)
        #expect(Self.drained(queue) == ["e49", "v2"])
        #expect(queue.bytes == 5)
    }

    @Test("when the connection goes, so do all but the newest of each kind")
    func keepNewest() {
        var queue = OutboundQueue(limit: 100)
        for index in 0..<5 { queue.append(ByteBuffer(string: "e\(index)"), .appendEntries) }
        queue.append(ByteBuffer(string: "v"), .requestVote)
        queue.keepNewest()
        #expect(Self.drained(queue) == ["e4", "v"])
    }
}
