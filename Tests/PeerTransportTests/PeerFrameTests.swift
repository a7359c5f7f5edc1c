import NIOCore
import NIOEmbedded
import PeerTransport
import Testing

@Suite struct PeerFrameTests {
    private static func stream() -> (bytes: [UInt8], frames: [PeerFrame]) {
        let frames = [
            PeerFrame(kind: .hello, payload: ByteBuffer(string: "who I am")),
            PeerFrame(kind: .message, payload: ByteBuffer()),
            PeerFrame(kind: .snapshotPart, payload: ByteBuffer(bytes: (0..<100).map { UInt8($0) })),
        ]
        var buffer = ByteBuffer()
        for frame in frames { buffer.writeFrame(frame.kind) { $0.writeImmutableBuffer(frame.payload) } }
        return (Array(buffer.readableBytesView), frames)
    }

    private static func decode(_ pieces: [[UInt8]], limit: Int = 1 << 20) throws -> [PeerFrame] {
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(PeerFrameDecoder(limit: limit)))
        defer { _ = try? channel.finish() }
        for piece in pieces { try channel.writeInbound(ByteBuffer(bytes: piece)) }
        var frames: [PeerFrame] = []
        while let frame = try channel.readInbound(as: PeerFrame.self) { frames.append(frame) }
        return frames
    }

    @Test("frames come out whole wherever the bytes are split")
    func splits() throws {
        let (bytes, frames) = Self.stream()
        for cut in 0...bytes.count {
            #expect(try Self.decode([Array(bytes[..<cut]), Array(bytes[cut...])]) == frames, "cut at \(cut)")
        }
        #expect(try Self.decode(bytes.map { [$0] }) == frames)
    }

    @Test("a flipped bit anywhere but in the length never gives a frame")
    func damage() throws {
        var buffer = ByteBuffer()
        buffer.writeFrame(.message) { $0.writeString("a message") }
        let bytes = Array(buffer.readableBytesView)
        for position in 4..<bytes.count {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[position] ^= 1 << bit
                #expect(throws: PeerFrameError.checksum, "byte \(position), bit \(bit)") {
                    try Self.decode([damaged])
                }
            }
        }
    }

    @Test("a frame over the limit is refused by its length alone, one at the limit is taken")
    func oversize() throws {
        var buffer = ByteBuffer()
        buffer.writeFrame(.message) { $0.writeRepeatingByte(7, count: 99) }
        let bytes = Array(buffer.readableBytesView)
        #expect(try Self.decode([bytes], limit: 100).count == 1)
        #expect(throws: PeerFrameError.oversize(length: 100, limit: 99)) {
            try Self.decode([Array(bytes[..<4])], limit: 99)
        }
        #expect(throws: PeerFrameError.oversize(length: Int(UInt32.max), limit: 99)) {
            try Self.decode([[0xff, 0xff, 0xff, 0xff]], limit: 99)
        }
    }

    @Test("an empty frame and an unknown kind are refused")
    func malformed() throws {
        #expect(throws: PeerFrameError.empty) { try Self.decode([[0, 0, 0, 0, 0, 0, 0, 0]]) }
        // A frame of kind 99, its checksum right.
        var buffer = ByteBuffer()
        buffer.writeFrame(.message) { $0.writeString("x") }
        #expect(throws: PeerFrameError.unknownKind(99)) {
            try Self.decode([[0, 0, 0, 1] + Self.checksum(of: 99) + [99]])
        }
    }

    /// CRC-32C of one byte, bit by bit: an oracle that shares nothing with the code.
    private static func checksum(of byte: UInt8) -> [UInt8] {
        var state = ~UInt32(0) ^ UInt32(byte)
        for _ in 0..<8 { state = state & 1 == 1 ? state >> 1 ^ 0x82F6_3B78 : state >> 1 }
        let value = ~state
        return [UInt8(value >> 24), UInt8(value >> 16 & 0xff), UInt8(value >> 8 & 0xff), UInt8(value & 0xff)]
    }
}
