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
    static let blocksOffset = MemoryLayout<Self>.offset(of: \.blocks)

    /// The number of the block of a place, and where it is in that.
    @inline(__always)
    static func split(_ place: Int) -> (block: Int, offset: Int) { (place >> Self.bits, place & (1 << Self.bits - 1)) }

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
