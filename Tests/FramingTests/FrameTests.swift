import Framing
import NIOCore
import NIOEmbedded
import Testing

/// A content that is text, and not "bad".
private struct Text: FrameContent, Hashable {
    struct Bad: Error {}

    var text: String

    init(_ text: String) { self.text = text }

    init(frame content: ByteBuffer) throws {
        self.text = String(buffer: content)
        if self.text == "bad" { throw Bad() }
    }
}

@Suite struct FrameTests {
    private static func bytes(_ texts: [Text]) -> [UInt8] {
        var buffer = ByteBuffer()
        for text in texts { buffer.writeFrame { $0.writeString(text.text) } }
        return Array(buffer.readableBytesView)
    }

    private static func decode(_ pieces: [[UInt8]], limit: Int = 1 << 20) throws -> [Text] {
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(FrameDecoder<Text>(limit: limit)))
        defer { _ = try? channel.finish() }
        for piece in pieces { try channel.writeInbound(ByteBuffer(bytes: piece)) }
        var texts: [Text] = []
        while let text = try channel.readInbound(as: Text.self) { texts.append(text) }
        return texts
    }

    @Test("a frame is length, CRC-32C and content, big-endian")
    func format() {
        #expect(Self.bytes([Text("123456789")]) == [0, 0, 0, 9, 0xe3, 0x06, 0x92, 0x83] + Array("123456789".utf8))
        #expect(Self.bytes([Text("")]) == [0, 0, 0, 0, 0, 0, 0, 0])
    }

    @Test("a frame is the same behind others and behind bytes already read")
    func position() throws {
        var buffer = ByteBuffer(string: "read, not read")
        buffer.moveReaderIndex(forwardBy: 6)
        buffer.writeFrame { $0.writeString("text") }
        #expect(buffer.readString(length: 8) == "not read")
        #expect(Array(buffer.readableBytesView) == Self.bytes([Text("text")]))
    }

    @Test("frames come out whole wherever the bytes are split")
    func splits() throws {
        let texts = [Text("a text"), Text(""), Text(String(repeating: "long", count: 30))]
        let bytes = Self.bytes(texts)
        for cut in 0...bytes.count {
            #expect(try Self.decode([Array(bytes[..<cut]), Array(bytes[cut...])]) == texts, "cut at \(cut)")
        }
        #expect(try Self.decode(bytes.map { [$0] }) == texts)
    }

    @Test("a flipped bit anywhere but in the length never gives a frame", arguments: ["a text", ""])
    func damage(text: String) throws {
        let bytes = Self.bytes([Text(text)])
        for position in 4..<bytes.count {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[position] ^= 1 << bit
                #expect(throws: FrameError.checksum, "byte \(position), bit \(bit)") { try Self.decode([damaged]) }
            }
        }
    }

    @Test("a frame over the limit is refused by its length alone, one at the limit is taken")
    func oversize() throws {
        let bytes = Self.bytes([Text(String(repeating: "x", count: 100))])
        #expect(try Self.decode([bytes], limit: 100).count == 1)
        #expect(throws: FrameError.oversize(length: 100, limit: 99)) {
            try Self.decode([Array(bytes[..<4])], limit: 99)
        }
        #expect(throws: FrameError.oversize(length: Int(UInt32.max), limit: 99)) {
            try Self.decode([[0xff, 0xff, 0xff, 0xff]], limit: 99)
        }
    }

    @Test("what a content cannot be read from ends the connection with the content's own error")
    func content() {
        #expect(throws: Text.Bad.self) { try Self.decode([Self.bytes([Text("bad")])]) }
    }

    @Test("a frame cut off by the end of the connection is lost")
    func cutOff() throws {
        let channel = EmbeddedChannel(handler: ByteToMessageHandler(FrameDecoder<Text>(limit: 100)))
        try channel.writeInbound(ByteBuffer(bytes: Self.bytes([Text("whole"), Text("cut off")]).dropLast()))
        _ = try channel.finish()
        #expect(try channel.readInbound(as: Text.self) == Text("whole"))
        #expect(try channel.readInbound(as: Text.self) == nil)
    }
}
