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

    @Test("a frame survives its way, in whatever pieces it comes", arguments: Self.frames)
    func roundTrip(_ frame: PubSubFrame) throws {
        let bytes = try #require(frame.encoded())
        for cut in 0..<bytes.readableBytes {
            var buffer = try #require(bytes.getSlice(at: 0, length: cut))
            #expect(try PubSubFrame.read(from: &buffer) == nil)
            #expect(buffer.readableBytes == cut)
            buffer.writeImmutableBuffer(bytes.getSlice(at: cut, length: bytes.readableBytes - cut) ?? ByteBuffer())
            #expect(try PubSubFrame.read(from: &buffer) == frame)
            #expect(buffer.readableBytes == 0)
        }
    }

    @Test("frames behind one another are read one by one")
    func sequence() throws {
        var buffer = ByteBuffer()
        for frame in Self.frames { buffer.writeImmutableBuffer(try #require(frame.encoded())) }
        for frame in Self.frames { #expect(try PubSubFrame.read(from: &buffer) == frame) }
        #expect(try PubSubFrame.read(from: &buffer) == nil)
    }

    @Test("every damaged byte is found before its message is believed")
    func damaged() throws {
        let bytes = try #require(Self.frames[2].encoded())
        for position in 4..<bytes.readableBytes {
            var buffer = bytes
            let byte = try #require(buffer.getInteger(at: position, as: UInt8.self))
            buffer.setInteger(byte ^ 0x10, at: position)
            #expect(throws: PubSubFrame.Violation.checksum) { try PubSubFrame.read(from: &buffer) }
        }
    }

    @Test("a frame that says it is too large is refused by its head alone")
    func tooLarge() {
        var buffer = ByteBuffer()
        buffer.writeMultipleIntegers(UInt32(PubSubFrame.bodyLimit + 1), UInt32(0))
        #expect(throws: PubSubFrame.Violation.tooLarge(PubSubFrame.bodyLimit + 1)) {
            try PubSubFrame.read(from: &buffer)
        }
    }

    @Test("a message that would make too large a frame is not made into one")
    func limit() {
        func message(_ count: Int) -> PubSubFrame {
            .message(ForwardedMessage(topic: "t", origin: 1, target: nil, bytes: Array(repeating: 0, count: count)))
        }
        let most = PubSubFrame.bodyLimit - 19
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
        arguments: [[2, 1, 0x74], [1, 0], [1], [1, 9, 0x74]]
    )
    func malformed(_ body: [UInt8]) {
        var buffer = ByteBuffer()
        buffer.writeMultipleIntegers(UInt32(body.count), FrameChecksum.of(ByteBuffer(bytes: body).readableBytesView))
        buffer.writeBytes(body)
        #expect(throws: PubSubFrame.Violation.self) { try PubSubFrame.read(from: &buffer) }
    }

    @Test("the checksum is CRC-32C")
    func checksum() {
        #expect(FrameChecksum.of(ByteBuffer(string: "123456789").readableBytesView) == 0xe306_9283)
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

    @Test("pauses between dials grow to five seconds and no further")
    func pauses() {
        var pause = DialPause()
        #expect(pause.isFirst)
        var last = Duration.zero
        for limit in [100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000] {
            last = pause.next()
            #expect(last >= .milliseconds(limit / 2) && last <= .milliseconds(limit))
        }
        #expect(!pause.isFirst)
    }
}
