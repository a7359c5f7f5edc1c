import NIOCore
import NIOWebSocket

extension ByteBuffer {
    /// Masks, or unmasks, what stands from `start` on, eight bytes at a time: all a client sends comes this way.
    mutating func applyWebSocketMask(_ mask: WebSocketMaskingKey, from start: Int) {
        let skipped = start - self.readerIndex
        self.withUnsafeMutableReadableBytes { readable in
            let bytes = UnsafeMutableRawBufferPointer(rebasing: readable[skipped...])
            let key = UInt64(mask[0]) | UInt64(mask[1]) << 8 | UInt64(mask[2]) << 16 | UInt64(mask[3]) << 24
            let wide = (key | key << 32).littleEndian
            var offset = 0
            while bytes.count - offset >= 8 {
                let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                bytes.storeBytes(of: word ^ wide, toByteOffset: offset, as: UInt64.self)
                offset += 8
            }
            while offset < bytes.count {
                bytes[offset] ^= mask[offset % 4]
                offset += 1
            }
        }
    }
}

extension WebSocketFrame {
    /// What the frame carries. There are no extensions, whose data would come first.
    var payload: ByteBuffer {
        var payload = self.data
        if let mask = self.maskKey { payload.applyWebSocketMask(mask, from: payload.readerIndex) }
        return payload
    }
}
