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

    @Test("pauses double up to the longest, with up to half of them taken off")
    func pauses() {
        let options = PeerOptions()
        var random = SystemRandomNumberGenerator()
        for (failures, longest) in [(1, 50), (2, 100), (4, 400), (6, 1600), (7, 2000), (1000, 2000)] {
            let pause = options.pause(after: failures, using: &random)
            #expect(pause <= .milliseconds(Int64(longest)))
            #expect(pause >= .milliseconds(Int64(longest) / 2))
        }
    }
}
