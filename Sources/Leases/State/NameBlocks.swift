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

    func hasHolder(_ holder: String, at place: Int) -> Bool {
        self.blocks[place >> Self.bits][place & (1 << Self.bits - 1)].holder.hasSameBytes(as: holder)
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
