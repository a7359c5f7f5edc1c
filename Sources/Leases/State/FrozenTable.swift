/// The leases of a table as a snapshot needs them: the terms copied, the names shared.
///
/// Terms are what extensions change, all over the table. Shared, the entry after the copy would copy each shard's apart,
/// thousands of small pieces; copied at once they are a few megabytes in a row.
struct FrozenTable: Sendable {
    private var terms: ContiguousArray<LeaseShard.Term> = []
    /// Where each shard's terms begin.
    private var starts: ContiguousArray<Int> = []
    private var names: ContiguousArray<NameBlocks> = []
    /// Who pins what, in no order.
    let pins: [(key: LeaseKey, value: [String])]
    let count: Int

    init(_ table: LeaseTable) {
        self.count = table.count
        self.pins = table.pinCount > 0 ? table.shards.flatMap { Array($0.pins) } : []
        self.terms.reserveCapacity(table.shards.reduce(0) { $0 + $1.terms.count })
        self.starts.reserveCapacity(table.shards.count)
        self.names.reserveCapacity(table.shards.count)
        for shard in table.shards {
            self.starts.append(self.terms.count)
            self.terms.append(contentsOf: shard.terms)
            self.names.append(shard.names)
        }
    }

    /// One lease of those that were held.
    struct Held {
        let term: LeaseShard.Term
        fileprivate let shard: Int32
        fileprivate let place: Int32
    }

    /// Who holds what.
    func names(of lease: Held) -> NameBlocks.Names { self.names[Int(lease.shard)][Int(lease.place)] }

    /// Every lease, in the order of their tokens.
    var leases: [Held] {
        var leases: [Held] = []
        leases.reserveCapacity(self.count)
        for (shard, start) in self.starts.enumerated() {
            let end = shard + 1 < self.starts.count ? self.starts[shard + 1] : self.terms.count
            for index in start..<end where self.terms[index].token != 0 {
                leases.append(Held(term: self.terms[index], shard: Int32(shard), place: Int32(index - start)))
            }
        }
        leases.sort { $0.term.token < $1.term.token }
        return leases
    }
}
