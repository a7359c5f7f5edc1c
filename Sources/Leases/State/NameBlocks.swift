/// The names of leases by place, in blocks of eight: a claim after a copy copies one block's texts, each of which costs a
/// visit to its memory, and not a whole shard's.
struct NameBlocks: Sendable {
    /// Who holds what.
    struct Names: Sendable {
        var key: LeaseKey
        var holder: String

        static let none = Names(key: LeaseKey(namespace: "", model: "", name: ""), holder: "")
    }

    private static let bits = 3
    private var blocks: ContiguousArray<ContiguousArray<Names>> = []

    subscript(_ place: Int) -> Names {
        get { self.blocks[place >> Self.bits][place & (1 << Self.bits - 1)] }
        set { self.blocks[place >> Self.bits][place & (1 << Self.bits - 1)] = newValue }
    }

    @inline(__always)
    func hasKey(_ key: LeaseKey, at place: Int) -> Bool {
        self.blocks[place >> Self.bits][place & (1 << Self.bits - 1)].key == key
    }

    /// Whether the key there has this name, and the namespace and model of `group`.
    @inline(__always)
    func hasKey(_ name: UnsafeRawBufferPointer, in group: LeaseKey, at place: Int) -> Bool {
        self.blocks[place >> Self.bits].withUnsafeBufferPointer { block in
            let offset = place & (1 << Self.bits - 1)
            return block[offset].key.name.hasBytes(name) && block[offset].key.hasSameGroup(as: group)
        }
    }

    @inline(__always)
    func hasHolder(_ holder: UnsafeRawBufferPointer, at place: Int) -> Bool {
        self.blocks[place >> Self.bits].withUnsafeBufferPointer { block in
            block[place & (1 << Self.bits - 1)].holder.hasBytes(holder)
        }
    }

    @inline(__always)
    func fetchHead() { self.blocks.fetchHead() }

    /// Fetches where the block of `place` is.
    @inline(__always)
    func fetchBlock(_ place: Int) { self.blocks.fetch(place >> Self.bits) }

    /// Fetches the names at `place`, but for long texts.
    @inline(__always)
    func fetch(_ place: Int) {
        guard place >> Self.bits < self.blocks.count else { return }
        self.blocks[place >> Self.bits].fetch(place & (1 << Self.bits - 1))
        self.blocks[place >> Self.bits].fetchHead()
    }

    /// Fetches the long texts at `place`.
    @inline(__always)
    func fetchTexts(_ place: Int) {
        guard place >> Self.bits < self.blocks.count else { return }
        self.blocks[place >> Self.bits].withUnsafeBufferPointer { block in
            let offset = place & (1 << Self.bits - 1)
            guard offset < block.count else { return }
            block[offset].key.name.fetch()
            block[offset].holder.fetch()
        }
    }

    /// Adds the names of the place after the last.
    mutating func append(_ names: Names) {
        if self.blocks.last?.count ?? (1 << Self.bits) == 1 << Self.bits {
            self.blocks.append([])
            self.blocks[self.blocks.count - 1].reserveCapacity(1 << Self.bits)
        }
        self.blocks[self.blocks.count - 1].append(names)
    }

    mutating func removeAll() { self.blocks = [] }
}
