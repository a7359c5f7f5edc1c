import Consensus
import NIOCore
import PeerTransport
import Testing

@Suite struct PeerHelloTests {
    private static let hello = PeerHello(
        clusterID: "cluster",
        sender: Server(id: ServerID(3), address: "host:1"),
        receiver: ServerID(2)
    )

    private static func bytes(_ hello: PeerHello) -> ByteBuffer {
        var buffer = ByteBuffer()
        hello.write(to: &buffer)
        return buffer
    }

    @Test("a hello is read as it was written")
    func roundTrip() throws {
        #expect(try PeerHello(decoding: Self.bytes(Self.hello)) == Self.hello)
    }

    @Test("a hello cut anywhere, or with something behind it, is refused")
    func malformed() throws {
        let whole = Self.bytes(Self.hello)
        for length in 0..<whole.readableBytes {
            let cut = try #require(whole.getSlice(at: 0, length: length))
            #expect(throws: PeerHelloError.malformed, "\(length) bytes") { try PeerHello(decoding: cut) }
        }
        var longer = whole
        longer.writeInteger(0 as UInt8)
        #expect(throws: PeerHelloError.malformed) { try PeerHello(decoding: longer) }
    }

    @Test("another version is named, whatever follows it")
    func version() throws {
        var buffer = ByteBuffer(integer: 7 as UInt16)
        buffer.writeString("of another shape")
        #expect(throws: PeerHelloError.version(7)) { try PeerHello(decoding: buffer) }
    }
}
