import Framing
import Hub
import NIOCore
import Testing

@testable import PubSubForwarderManifold

@Suite struct PubSubFrameTests {
    static let frames: [PubSubFrame] = [
        .ping,
        .message(ForwardedMessage(topic: "t", origin: 1, target: nil, bytes: [])),
        .message(ForwardedMessage(topic: "lease.request", origin: .max, target: 3, bytes: [1, 2, 3])),
    ]

    /// What comes of bytes, and how many of them are left.
    private static func read(_ bytes: ByteBuffer) throws -> (frame: PubSubFrame?, rest: Int) {
        var bytes = bytes
        var decoder = FrameDecoder<PubSubFrame>(limit: PubSubFrame.contentLimit)
        return (try decoder.decode(buffer: &bytes), bytes.readableBytes)
    }

    @Test("a frame is read as it was written", arguments: Self.frames)
    func roundTrip(_ frame: PubSubFrame) throws {
        #expect(try Self.read(try #require(frame.encoded())) == (frame, 0))
    }

    @Test("the largest frame is taken, and one that says it is larger refused by its length")
    func tooLarge() throws {
        let most = ForwardedMessage(
            topic: "t",
            origin: 1,
            target: nil,
            bytes: Array(repeating: 7, count: PubSubFrame.contentLimit - 19)
        )
        #expect(try Self.read(try #require(PubSubFrame.message(most).encoded())) == (.message(most), 0))
        #expect(throws: FrameError.oversize(length: PubSubFrame.contentLimit + 1, limit: PubSubFrame.contentLimit)) {
            try Self.read(ByteBuffer(integer: UInt32(PubSubFrame.contentLimit + 1)))
        }
    }

    @Test("a message that would make too large a frame is not made into one")
    func limit() {
        func message(_ count: Int) -> PubSubFrame {
            .message(ForwardedMessage(topic: "t", origin: 1, target: nil, bytes: Array(repeating: 0, count: count)))
        }
        let most = PubSubFrame.contentLimit - 19
        #expect(message(most).encoded() != nil)
        #expect(message(most + 1).encoded() == nil)
        let longTopic = ForwardedMessage(
            topic: String(repeating: "t", count: 256),
            origin: 1,
            target: nil,
            bytes: []
        )
        #expect(PubSubFrame.message(longTopic).encoded() == nil)
    }

    @Test(
        "frames of another version or without a message are refused",
        arguments: [
            ([2, 1, 0x74], PubSubFrame.Violation.unknownVersion(2)), ([1, 0], .malformed), ([1], .malformed),
            ([1, 9, 0x74], .malformed), ([1, 1, 0xff] + Array(repeating: 0, count: 16), .malformed),
            ([1, 1, 0x74] + Array(repeating: 0, count: 15), .malformed),
        ]
    )
    func malformed(_ content: [UInt8], _ violation: PubSubFrame.Violation) {
        var buffer = ByteBuffer()
        buffer.writeFrame { $0.writeBytes(content) }
        #expect(throws: violation) { try Self.read(buffer) }
    }
}

@Suite struct PeerOutboxTests {
    private let frame = ByteBuffer(repeating: 0, count: 10)

    @Test("without a connection frames are dropped and counted, not kept")
    func away() {
        let outbox = PeerOutbox()
        outbox.append(self.frame)
        #expect(outbox.counts == (0, 0, 1))
    }

    @Test("the outbox is bounded in frames and bytes, with what is lost counted")
    func bounds() {
        for outbox in [PeerOutbox(frames: 2, bytes: 1_000), PeerOutbox(frames: 100, bytes: 25)] {
            _ = outbox.open {}
            for _ in 0..<5 { outbox.append(self.frame) }
            #expect(outbox.counts == (2, 0, 3))
        }
    }

    @Test("a burst wakes the connection once, and again after it was emptied")
    func wakes() {
        let outbox = PeerOutbox()
        let wakes = Counter()
        _ = outbox.open { wakes.add() }
        outbox.append(self.frame)
        outbox.append(self.frame)
        #expect(wakes.value == 1)
        #expect(outbox.next() != nil && outbox.next() != nil && outbox.next() == nil)
        outbox.append(self.frame)
        #expect(wakes.value == 2)
    }

    @Test("a lost connection takes what waited with it; the end of an older one changes nothing")
    func closing() {
        let outbox = PeerOutbox()
        let first = outbox.open {}
        outbox.append(self.frame)
        let second = outbox.open {}
        outbox.close(first)
        #expect(outbox.counts == (1, 0, 0))
        outbox.close(second)
        #expect(outbox.counts == (0, 0, 1))
        outbox.append(self.frame)
        #expect(outbox.counts == (0, 0, 2))
    }
}
