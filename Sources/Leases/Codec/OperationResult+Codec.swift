extension OperationResult {
    /// Appends this result; exactly what `init(decoding:)` reads. It carries no version of its own: whoever ships
    /// results puts one into the envelope.
    package func encoded(into bytes: inout [UInt8]) {
        switch self {
        case .granted(let grant):
            bytes.append(1)
            grant.encode(into: &bytes)
        case .held(let grant):
            bytes.append(2)
            grant.encode(into: &bytes)
        case .notHeld:
            bytes.append(3)
        case .revoked:
            bytes.append(4)
        case .revoking(let milliseconds):
            bytes.append(5)
            bytes.append(varint: milliseconds)
        case .pinned(let pinned):
            bytes.append(6)
            bytes.append(flag: pinned)
        case .expired:
            bytes.append(7)
        case .invalid(let reason):
            bytes.append(8)
            bytes.append(text: reason)
        case .refused(let reason):
            bytes.append(9)
            bytes.append(text: reason)
        case .resolved(.applied(let result)):
            bytes.append(10)
            result.encoded(into: &bytes)
        case .resolved(.never):
            bytes.append(11)
        case .resolved(.forgotten):
            bytes.append(12)
        }
    }

    init(from reader: inout ByteReader) throws(LeaseCodecError) {
        try self.init(tag: try reader.byte("result"), from: &reader)
    }

    private init(tag: UInt8, from reader: inout ByteReader) throws(LeaseCodecError) {
        switch tag {
        case 1: self = .granted(try Grant(from: &reader))
        case 2: self = .held(by: try Grant(from: &reader))
        case 3: self = .notHeld
        case 4: self = .revoked
        case 5: self = .revoking(remainingMilliseconds: try reader.varint("remaining time"))
        case 6: self = .pinned(try reader.flag("pinned"))
        case 7: self = .expired
        case 8: self = .invalid(try reader.text("reason"))
        case 9: self = .refused(try reader.text("reason"))
        case 10:
            let tag = try reader.byte("result")
            // A resolution is of an operation, never of another resolution: looked at first, so that nothing nests.
            guard !(10...12).contains(tag) else { throw reader.error(.inconsistent, "result") }
            self = .resolved(.applied(try OperationResult(tag: tag, from: &reader)))
        case 11: self = .resolved(.never)
        case 12: self = .resolved(.forgotten)
        default: throw reader.error(.unknownTag, "result")
        }
    }
}

extension [OperationResult] {
    /// Reads `count` results as `encoded(into:)` wrote them one after the other, from `offset` to the end of `bytes`.
    package init(decoding bytes: [UInt8], from offset: Int, count: Int) throws(LeaseCodecError) {
        self = try ByteReader.read(bytes, from: offset) { reader throws(LeaseCodecError) in
            var results: [OperationResult] = []
            for _ in 0..<count { results.append(try OperationResult(from: &reader)) }
            try reader.finish("results")
            return results
        }
    }
}

extension Grant {
    fileprivate func encode(into bytes: inout [UInt8]) {
        bytes.append(text: self.holder)
        bytes.append(varint: self.token.rawValue)
        bytes.append(varint: self.remainingMilliseconds)
    }

    fileprivate init(from reader: inout ByteReader) throws(LeaseCodecError) {
        self.init(
            holder: try reader.text("holder"),
            token: FencingToken(try reader.varint("token", atMost: FencingToken.largest)),
            remainingMilliseconds: try reader.varint("remaining time")
        )
    }
}

extension FencingToken {
    /// The largest whole number every JSON reader keeps exact.
    static let largest: UInt64 = (1 << 53) - 1
}
