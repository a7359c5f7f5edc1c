import NIOCore

/// CRC-32C, as the other frames between controllers have it.
///
/// TLS keeps bytes honest on the way; this finds a peer whose framing has gone wrong before its bytes are believed.
enum FrameChecksum {
    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in
            value & 1 == 1 ? value >> 1 ^ 0x82f6_3b78 : value >> 1
        }
    }

    static func of(_ bytes: ByteBufferView) -> UInt32 {
        ~bytes.reduce(UInt32.max) { $0 >> 8 ^ Self.table[Int(UInt8(truncatingIfNeeded: $0) ^ $1)] }
    }
}
