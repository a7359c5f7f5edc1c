import NIOCore
import NIOWebSocket

extension ByteBuffer {
    /// Appends one unfragmented frame, so that many small ones leave in one write and one TLS record.
    ///
    /// - Parameter mask: what a client must mask with; `nil` on a server.
    mutating func writeWebSocketFrame(
        _ opcode: WebSocketOpcode,
        _ payload: ByteBuffer,
        mask: WebSocketMaskingKey?
    ) {
        self.writeInteger(0x80 | UInt8(webSocketOpcode: opcode))
        let maskBit: UInt8 = mask == nil ? 0 : 0x80
        switch payload.readableBytes {
        case let length where length < 126: self.writeInteger(maskBit | UInt8(length))
        case let length where length <= UInt16.max:
            self.writeInteger(maskBit | 126)
            self.writeInteger(UInt16(length))
        case let length:
            self.writeInteger(maskBit | 127)
            self.writeInteger(UInt64(length))
        }
        guard let mask else {
            self.writeImmutableBuffer(payload)
            return
        }
        self.writeBytes(mask)
        let start = self.writerIndex
        self.writeImmutableBuffer(payload)
        self.applyWebSocketMask(mask, from: start)
    }

    /// The payload of a close frame, its reason cut to what fits.
    static func webSocketClose(_ code: WebSocketErrorCode, _ reason: String) -> ByteBuffer {
        var payload = ByteBuffer()
        payload.write(webSocketErrorCode: code)
        var text = reason
        while text.utf8.count > 123 { text.removeLast() }
        payload.writeString(text)
        return payload
    }
}
