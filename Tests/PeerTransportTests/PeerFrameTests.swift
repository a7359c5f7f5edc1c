import Framing
import NIOCore
import PeerTransport
import Testing

@Suite struct PeerFrameTests {
    private static func read(_ bytes: ByteBuffer) throws -> PeerFrame? {
        var bytes = bytes
        var decoder = FrameDecoder<PeerFrame>(limit: 1 << 20)
        return try decoder.decode(buffer: &bytes)
    }

    @Test("a frame is read as it was written", arguments: PeerFrame.Kind.allCases, ["", "a payload"])
    func roundTrip(kind: PeerFrame.Kind, payload: String) throws {
        var bytes = ByteBuffer()
        bytes.writeFrame(kind) { $0.writeString(payload) }
        #expect(try Self.read(bytes) == PeerFrame(kind: kind, payload: ByteBuffer(string: payload)))
    }

    @Test("the kind is the first byte and the same in every version")
    func format() {
        var bytes = ByteBuffer()
        bytes.writeFrame(.snapshotPart) { $0.writeBytes([7, 8]) }
        #expect(Array(bytes.readableBytesView.dropFirst(Frame.headerLength)) == [6, 7, 8])
        #expect(PeerFrame.Kind.allCases.map(\.rawValue) == [1, 2, 3, 4, 5, 6])
    }

    @Test("an empty frame and an unknown kind are refused")
    func malformed() {
        var empty = ByteBuffer()
        empty.writeFrame { _ in }
        #expect(throws: PeerFrameError.empty) { try Self.read(empty) }
        for kind: UInt8 in [0, 7, 99] {
            var bytes = ByteBuffer()
            bytes.writeFrame { $0.writeBytes([kind, 1]) }
            #expect(throws: PeerFrameError.unknownKind(kind)) { try Self.read(bytes) }
        }
    }
}
