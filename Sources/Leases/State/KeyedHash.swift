/// A fast 64-bit hash for tables in memory, keyed at random in every process: names and ids are chosen by clients, who
/// must not be able to choose what collides. Nothing that leaves the process may depend on it.
struct KeyedHash: Sendable {
    private let first: UInt64
    private let second: UInt64

    /// The process's key: the one its dictionaries have.
    static let process = KeyedHash()

    private init() {
        var (first, second) = (Hasher(), Hasher())
        first.combine(1)
        second.combine(2)
        self.first = UInt64(truncatingIfNeeded: first.finalize())
        self.second = UInt64(truncatingIfNeeded: second.finalize()) | 1
    }

    func callAsFunction(_ id: OperationID) -> UInt64 {
        self.mix(self.mix(self.first ^ id.high, self.second) ^ id.low, self.second)
    }

    func callAsFunction(_ key: LeaseKey) -> UInt64 {
        var state = self.first
        self.combine(key.namespace, into: &state)
        self.combine(key.model, into: &state)
        self.combine(key.name, into: &state)
        return self.mix(state, self.second)
    }

    /// Of the namespace and model alone.
    func group(_ key: LeaseKey) -> UInt64 {
        var state = self.first
        self.combine(key.namespace, into: &state)
        self.combine(key.model, into: &state)
        return self.mix(state, self.second)
    }

    @inline(__always)
    private func combine(_ text: String, into state: inout UInt64) {
        state = text.withBytes { bytes in
            var state = state ^ UInt64(truncatingIfNeeded: bytes.count)
            var offset = 0
            while bytes.count - offset >= 8 {
                let word = bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
                state = self.mix(state ^ word, self.second)
                offset += 8
            }
            var last: UInt64 = 0x80
            while offset < bytes.count {
                last = last << 8 | UInt64(bytes[offset])
                offset += 1
            }
            return self.mix(state ^ last, self.second)
        }
    }

    @inline(__always)
    private func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low ^ (left << 32 | left >> 32)
    }
}
