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

    /// Eight ids that follow one another differ in the lowest bits alone: those of a bulk call are looked for in the same
    /// places, and of eight looks one has to wait for memory.
    @inline(__always)
    func callAsFunction(_ id: OperationID) -> UInt64 {
        let group = self.mix(self.mix(self.first ^ id.high, self.second) ^ id.low >> 3, self.second)
        return group & ~7 | id.low & 7
    }

    /// A hash to which a name is still to be added.
    struct Unfinished: Sendable {
        fileprivate var state: UInt64
    }

    func callAsFunction(_ key: LeaseKey) -> UInt64 {
        let group = self.begin(key)
        return key.name.withBytes { self.finish(group, with: $0) }
    }

    /// Of the namespace and model, to go on with.
    func begin(_ key: LeaseKey) -> Unfinished {
        var state = self.first
        self.combine(key.namespace, into: &state)
        self.combine(key.model, into: &state)
        return Unfinished(state: state)
    }

    /// Of a key with this name.
    @inline(__always)
    func finish(_ group: Unfinished, with name: UnsafeRawBufferPointer) -> UInt64 {
        var state = group.state
        self.combine(name, into: &state)
        return self.mix(state, self.second)
    }

    /// Of the namespace and model alone.
    func group(_ key: LeaseKey) -> UInt64 { self.mix(self.begin(key).state, self.second) }

    private func combine(_ text: String, into state: inout UInt64) {
        text.withBytes { self.combine($0, into: &state) }
    }

    @inline(__always)
    private func combine(_ bytes: UnsafeRawBufferPointer, into state: inout UInt64) {
        state ^= UInt64(truncatingIfNeeded: bytes.count)
        var offset = 0
        while bytes.count - offset >= 8 {
            state = self.mix(state ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self), self.second)
            offset += 8
        }
        var last: UInt64 = 0x80
        while offset < bytes.count {
            last = last << 8 | UInt64(bytes[offset])
            offset += 1
        }
        state = self.mix(state ^ last, self.second)
    }

    @inline(__always)
    private func mix(_ left: UInt64, _ right: UInt64) -> UInt64 {
        let product = left.multipliedFullWidth(by: right)
        return product.high ^ product.low ^ (left << 32 | left >> 32)
    }
}
