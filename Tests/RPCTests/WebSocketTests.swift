import NIOCore
import NIOWebSocket
import Testing

@testable import RPC

@Suite("WebSocket frames")
struct WebSocketTests {
    private static let mask: WebSocketMaskingKey = [1, 2, 3, 4]

    private func frame(
        _ opcode: WebSocketOpcode,
        _ text: String,
        fin: Bool = true,
        rsv1: Bool = false,
        mask: WebSocketMaskingKey? = WebSocketTests.mask
    ) -> WebSocketFrame {
        var data = ByteBuffer(string: text)
        if let mask { data.webSocketMask(mask) }
        return WebSocketFrame(fin: fin, rsv1: rsv1, opcode: opcode, maskKey: mask, data: data)
    }

    private func code(of body: () throws -> Void) -> WebSocketErrorCode? {
        do {
            try body()
            return nil
        } catch {
            return (error as? WebSocketViolation)?.code
        }
    }

    @Test("masking is the protocol's, whatever the length and wherever the bytes stand")
    func masking() {
        for length in 0...40 {
            for before in 0...3 {
                let plain = (0..<length).map { UInt8(truncatingIfNeeded: $0 &* 37) }
                var buffer = ByteBuffer(repeating: 9, count: before)
                buffer.moveReaderIndex(forwardBy: min(before, 1))
                let start = buffer.writerIndex
                buffer.writeBytes(plain)
                buffer.applyWebSocketMask(Self.mask, from: start)
                var expected = ByteBuffer(bytes: plain)
                expected.webSocketMask(Self.mask)
                #expect(buffer.getSlice(at: start, length: length) == expected)
                #expect(buffer.readableBytesView.prefix(max(before - 1, 0)).allSatisfy { $0 == 9 })
            }
        }
    }

    @Test("fragments become one message, control frames in between notwithstanding")
    func fragments() throws {
        var assembler = WebSocketAssembler(reader: .server, maximumBytes: 10, maximumFragments: 4)
        guard case .fragment = try assembler.receive(self.frame(.text, "ab", fin: false)),
            case .ping(let payload) = try assembler.receive(self.frame(.ping, "?")),
            case .fragment = try assembler.receive(self.frame(.continuation, "", fin: false)),
            case .text(let message) = try assembler.receive(self.frame(.continuation, "cd"))
        else {
            Issue.record("not assembled")
            return
        }
        #expect(String(buffer: payload) == "?")
        #expect(String(buffer: message) == "abcd")
        guard case .text(let next) = try assembler.receive(self.frame(.text, "0123456789")) else {
            Issue.record("the next message starts afresh")
            return
        }
        #expect(next.readableBytes == 10)
    }

    @Test("what breaks the rules closes with the code that says so")
    func violations() {
        func codeAfter(_ frames: [WebSocketFrame]) -> WebSocketErrorCode? {
            var assembler = WebSocketAssembler(reader: .server, maximumBytes: 10, maximumFragments: 4)
            return self.code { for frame in frames { _ = try assembler.receive(frame) } }
        }
        let piece = self.frame(.text, "a", fin: false)
        let more = self.frame(.continuation, "", fin: false)
        #expect(codeAfter([piece, self.frame(.text, "b")]) == .protocolError)
        #expect(codeAfter([self.frame(.continuation, "b")]) == .protocolError)
        #expect(codeAfter([self.frame(.text, "b", mask: nil)]) == .protocolError)
        #expect(codeAfter([self.frame(.text, "b", rsv1: true)]) == .protocolError)
        #expect(codeAfter([self.frame(.binary, "b")]) == .unacceptableData)
        #expect(codeAfter([self.frame(.text, "0123456789a")]) == .messageTooLarge)
        #expect(codeAfter([piece, self.frame(.continuation, "0123456789")]) == .messageTooLarge)
        #expect(codeAfter([piece, more, more, more, more]) == .messageTooLarge)
        #expect(codeAfter([piece, more, more, self.frame(.continuation, "b")]) == nil)
    }

    @Test("a client refuses masked frames")
    func client() {
        var assembler = WebSocketAssembler(reader: .client, maximumBytes: 10, maximumFragments: 4)
        #expect(self.code { _ = try assembler.receive(self.frame(.text, "a")) } == .protocolError)
        #expect(self.code { _ = try assembler.receive(self.frame(.text, "a", mask: nil)) } == nil)
    }

    @Test("a written frame has the shortest header for its length", arguments: [0, 125, 126, 65_535, 65_536])
    func lengths(length: Int) {
        var plain = ByteBuffer()
        plain.writeWebSocketFrame(.text, ByteBuffer(repeating: 7, count: length), mask: nil)
        let header = length < 126 ? 2 : length < 65_536 ? 4 : 10
        #expect(plain.readableBytes == header + length)
        var masked = ByteBuffer()
        masked.writeWebSocketFrame(.text, ByteBuffer(repeating: 7, count: length), mask: Self.mask)
        #expect(masked.readableBytes == header + 4 + length)
    }

    @Test("a long reason is cut at a character so that the close frame stays valid")
    func longReason() {
        let payload = ByteBuffer.webSocketClose(.protocolError, String(repeating: "ä", count: 100))
        #expect(payload.readableBytes == 2 + 122)
    }
}
