/// What an operation may ask for at most; checked by the API before sending and by every replica when applying.
package enum LeaseLimits {
    /// Bytes of UTF-8 in a namespace, model, lease name, holder or pinning entity.
    package static let nameBytes = 512
    /// A lease shorter than this could not be kept through a change of leader, one longer is a mistake.
    package static let durationMilliseconds: ClosedRange<UInt64> = 2_000...Self.longest
    /// No lease lasts longer, stretched or not, in milliseconds.
    package static let longest: UInt64 = 86_400_000
    /// By how much extensions may be stretched, in percent; 100 is not at all.
    package static let stretchPercent: ClosedRange<Int> = 100...1_000
    /// How far ahead of global time an operation's `notAfter` may lie.
    package static let notAfterHorizonMilliseconds: UInt64 = 120_000
    /// How long a result is remembered after its operation's `notAfter`: until then whoever asks is told for certain.
    package static let resolveWindowMilliseconds: UInt64 = 10_000
    /// Operations one extension may stand for besides itself.
    package static let coveredOperations = 8
    /// Results remembered at once, 32 bytes and a place in an index each; operations beyond are refused, not applied:
    /// claims from three quarters on, extensions from fifteen sixteenths, so that there is always room for the rest.
    package static let rememberedResults = 1 << 22
    /// For how long at most a lack of room for one result refuses others, once there is room again.
    static let refusalMilliseconds: UInt64 = 20_000
    /// Leases held at once in a cluster.
    package static let heldLeases = 2_000_000
    /// Pins standing at once in a cluster, and on one key.
    package static let pins = 100_000
    package static let pinsPerKey = 256
    /// Leases that expire in one batch at most, so that no entry takes long to apply; the rest go with the next ones.
    package static let expiriesPerBatch = 1_024

    /// The rule `text` breaks as `field`, or `nil`: 1...512 bytes, no control characters.
    package static func violation(of text: String, as field: String) -> String? {
        let count = text.utf8.count
        if count == 0 { return "\(field) is empty" }
        if count > Self.nameBytes { return "\(field) is \(count) bytes long, at most \(Self.nameBytes) are allowed" }
        return Self.hasControlCharacter(text) ? "\(field) contains a control character" : nil
    }

    /// The rule `key` breaks, or `nil`.
    package static func violation(of key: LeaseKey) -> String? {
        Self.violation(of: key.namespace, as: "namespace") ?? Self.violation(of: key.model, as: "model")
            ?? Self.violation(of: key.name, as: "lease")
    }

    /// The rule `milliseconds` breaks as a lease's duration, or `nil`.
    package static func violation(ofDuration milliseconds: UInt64) -> String? {
        let range = Self.durationMilliseconds
        if range.contains(milliseconds) { return nil }
        return milliseconds < range.lowerBound
            ? "duration of \(milliseconds) ms is under \(range.lowerBound) ms"
            : "duration of \(milliseconds) ms is over \(range.upperBound) ms (24 hours)"
    }

    /// The rule `command` breaks whatever the state is, or `nil`; such a command is answered `invalid`.
    package static func violation(of command: LeaseCommand) -> String? {
        if let violation = Self.violation(of: command.key) { return violation }
        switch command {
        case .claim(_, let holder, let milliseconds), .extend(_, let holder, let milliseconds):
            return Self.violation(of: holder, as: "holder") ?? Self.violation(ofDuration: milliseconds)
        case .revoke(_, let holder, _):
            return holder.flatMap { Self.violation(of: $0, as: "holder") }
        case .pin(_, let entity):
            return Self.violation(of: entity, as: "entity")
        case .unpin(_, let entity):
            return entity.flatMap { Self.violation(of: $0, as: "entity") }
        case .resolve:
            return nil
        }
    }

    /// C0, DEL and C1: they would break terminals, logs and journals that show the name.
    private static func hasControlCharacter(_ text: String) -> Bool {
        text.withBytes { bytes in
            var offset = 0
            while bytes.count - offset >= 8 {
                let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                guard Self.isPlain(word) else { return Self.hasControlCharacter(bytes) }
                offset += 8
            }
            // The rest again with the end of what was looked at, or by the byte.
            guard bytes.count >= 8 else { return Self.hasControlCharacter(bytes) }
            let last = bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self)
            return !Self.isPlain(last) && Self.hasControlCharacter(bytes)
        }
    }

    /// Whether eight bytes are certainly neither below space nor DEL nor the first of a C1 character.
    private static func isPlain(_ word: UInt64) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let high: UInt64 = 0x8080_8080_8080_8080
        func hasZero(_ word: UInt64) -> UInt64 { (word &- ones) & ~word & high }
        let below = (word &- ones &* 0x20) & ~word & high
        return below | hasZero(word ^ ones &* 0x7f) | hasZero(word ^ ones &* 0xc2) == 0
    }

    private static func hasControlCharacter(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var previous: UInt8 = 0
        for byte in bytes {
            if byte < 0x20 || byte == 0x7f || (previous == 0xc2 && (0x80...0x9f).contains(byte)) { return true }
            previous = byte
        }
        return false
    }
}
