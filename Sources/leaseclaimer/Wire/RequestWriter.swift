import NIOCore

/// Writes requests as masked WebSocket frames straight into a connection's outgoing bytes: no value is made of them first.
///
/// A frame is begun with the longest header there is, filled, and moved up against its header at the end.
struct RequestWriter: Sendable {
    private let names: LeaseNames
    private let namespace: [UInt8]
    private var random: SplitMix64

    init(names: LeaseNames, namespace: String, seed: UInt64) {
        self.names = names
        self.namespace = LeaseNames.escaped(namespace)
        self.random = SplitMix64(seed: seed)
    }

    /// One lease of a bulk call.
    struct Item: Sendable, Hashable {
        var lease: LeaseNames.Lease
        /// Who asks: the contender's number among the lease's.
        var contender: Int
        var milliseconds: Int64
    }

    /// Appends a call of the `Lease` facade.
    mutating func write(
        _ operation: Operation,
        id: UInt64,
        timeout: TimeSpan,
        count: Int,
        to buffer: inout ByteBuffer,
        item: (Int) -> Item
    ) {
        self.frame(&buffer) { writer, buffer in
            writer.begin(id, "Lease", 1, operation.method, &buffer)
            buffer.writeStaticString("{\"leases\":[")
            for index in 0..<count {
                if index > 0 { buffer.writeInteger(UInt8(ascii: ",")) }
                writer.write(item(index), operation, &buffer)
            }
            buffer.writeStaticString("],\"timeout-ms\":")
            buffer.writeDigits(UInt64(max(timeout.wholeMilliseconds, 1)))
            buffer.writeStaticString("}}")
        }
    }

    /// Appends a call with `params`, JSON already.
    mutating func write(
        facade: StaticString,
        version: UInt64,
        method: StaticString,
        params: [UInt8],
        id: UInt64,
        to buffer: inout ByteBuffer
    ) {
        self.frame(&buffer) { writer, buffer in
            writer.begin(id, facade, version, method, &buffer)
            buffer.writeBytes(params)
            buffer.writeInteger(UInt8(ascii: "}"))
        }
    }

    /// Appends a control frame.
    mutating func writeControl(_ opcode: UInt8, _ payload: ByteBufferView, to buffer: inout ByteBuffer) {
        let kept = payload.prefix(125)
        buffer.writeInteger(0x80 | opcode)
        buffer.writeInteger(0x80 | UInt8(kept.count))
        let mask = UInt32(truncatingIfNeeded: self.random.next())
        buffer.writeInteger(mask)
        let start = buffer.writerIndex
        buffer.writeBytes(kept)
        buffer.mask(mask, from: start)
    }

    // MARK: Parts

    private func begin(
        _ id: UInt64,
        _ facade: StaticString,
        _ version: UInt64,
        _ method: StaticString,
        _ buffer: inout ByteBuffer
    ) {
        buffer.writeStaticString("{\"request-id\":")
        buffer.writeDigits(id)
        buffer.writeStaticString(",\"type\":\"")
        buffer.writeStaticString(facade)
        buffer.writeStaticString("\",\"version\":")
        buffer.writeDigits(version)
        buffer.writeStaticString(",\"request\":\"")
        buffer.writeStaticString(method)
        buffer.writeStaticString("\",\"params\":")
    }

    private mutating func write(_ item: Item, _ operation: Operation, _ buffer: inout ByteBuffer) {
        buffer.writeStaticString("{\"lease\":\"")
        self.names.write(item.lease, to: &buffer)
        if operation == .critical {
            buffer.writeStaticString("\",\"namespace\":\"singular-controller")
        } else if !self.namespace.isEmpty {
            buffer.writeStaticString("\",\"namespace\":\"")
            buffer.writeBytes(self.namespace)
        }
        if operation == .wait {
            buffer.writeStaticString("\"}")
            return
        }
        buffer.writeStaticString("\",\"holder\":\"")
        self.names.writeHolder(item.contender, of: item.lease, to: &buffer)
        // Without an id: nothing is asked twice, so the server may draw it.
        if operation == .revoke {
            buffer.writeStaticString("\"}")
        } else {
            buffer.writeStaticString("\",\"duration-ms\":")
            buffer.writeDigits(UInt64(max(item.milliseconds, 1)))
            buffer.writeInteger(UInt8(ascii: "}"))
        }
    }

    // MARK: Frames

    private static let longestHeader = 14

    private mutating func frame(
        _ buffer: inout ByteBuffer,
        _ body: (inout RequestWriter, inout ByteBuffer) -> Void
    ) {
        let start = buffer.writerIndex
        buffer.writeRepeatingByte(0, count: Self.longestHeader)
        let begin = buffer.writerIndex
        body(&self, &buffer)
        let length = buffer.writerIndex - begin
        let mask = UInt32(truncatingIfNeeded: self.random.next())
        buffer.mask(mask, from: begin)
        let header = length < 126 ? 6 : length <= Int(UInt16.max) ? 8 : Self.longestHeader
        // Several frames may stand in the buffer before this one, so the body moves, not the start.
        if header < Self.longestHeader { buffer.move(from: begin, count: length, to: start + header) }
        var at = start
        at += buffer.setInteger(0x81 as UInt8, at: at)
        switch header {
        case 6: at += buffer.setInteger(0x80 | UInt8(length), at: at)
        case 8:
            at += buffer.setInteger(0x80 | 126 as UInt8, at: at)
            at += buffer.setInteger(UInt16(length), at: at)
        default:
            at += buffer.setInteger(0x80 | 127 as UInt8, at: at)
            at += buffer.setInteger(UInt64(length), at: at)
        }
        buffer.setInteger(mask, at: at)
    }
}

extension Operation {
    fileprivate var method: StaticString {
        switch self {
        case .claim, .critical: "Claim"
        case .extend: "Extend"
        case .wait: "Wait"
        case .revoke: "Revoke"
        case .login: "Login"
        case .ping: "Ping"
        }
    }
}

extension ByteBuffer {
    /// Masks what stands from `start` on, as a client's frames must be, eight bytes at a time.
    fileprivate mutating func mask(_ mask: UInt32, from start: Int) {
        let skipped = start - self.readerIndex
        self.withUnsafeMutableReadableBytes { all in
            let bytes = UnsafeMutableRawBufferPointer(rebasing: all[skipped...])
            let wide = UInt64(UInt32(bigEndian: mask)) | UInt64(UInt32(bigEndian: mask)) << 32
            var index = 0
            while index + 8 <= bytes.count {
                let word = bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self)
                bytes.storeBytes(of: word ^ wide, toByteOffset: index, as: UInt64.self)
                index += 8
            }
            while index < bytes.count {
                bytes[index] ^= UInt8(truncatingIfNeeded: wide >> UInt64(index % 8 * 8))
                index += 1
            }
        }
    }

    /// Moves the last `count` bytes down.
    fileprivate mutating func move(from: Int, count: Int, to: Int) {
        let base = self.readerIndex
        self.withUnsafeMutableReadableBytes { all in
            guard let start = all.baseAddress else { return }
            (start + (to - base)).copyMemory(from: start + (from - base), byteCount: count)
        }
        self.moveWriterIndex(to: to + count)
    }
}
