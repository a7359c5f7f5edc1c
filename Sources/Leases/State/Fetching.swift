import CPrefetch

// Looks into large tables wait for memory most of their time: each of the half dozen places that a look reads is found in
// the one before, and none is in the processor's caches. So who has many looks before it has the first places of all of
// them fetched side by side, then the second ones, and so on, and waits once instead of for each.
//
// Nothing depends on it but time. It goes around the standard library, because to hold on to an array or a text is to wait
// for its memory: only addresses are computed, and `Memory.isAsExpected` is asked before any is read.

/// How many looks go side by side: as many as the processor can wait for at once, and a few more.
package let looksAtOnce = 32

/// Where an array has its elements, or a text its bytes, as an address that nothing holds on to.
struct Memory {
    /// Bytes before the first element or byte: what it is, how many hold on to it, the count and the room.
    private static let head = 32
    private static let count = 16

    /// Whether arrays lie in memory as is assumed here; where they do not, nothing is fetched.
    static let isAsExpected: Bool = {
        let array: ContiguousArray<UInt64> = [1, 2, 3]
        return withUnsafePointer(to: array) { pointer in
            guard MemoryLayout<ContiguousArray<UInt64>>.size == MemoryLayout<UInt>.size,
                let memory = Memory(ofArrayAt: UnsafeRawPointer(pointer))
            else { return false }
            return memory.elementCount == 3
                && array.withUnsafeBufferPointer { $0.baseAddress.map(UnsafeRawPointer.init) == memory.start + head }
        }
    }()

    private let start: UnsafeRawPointer

    /// Of the array that is stored at `place`.
    @inline(__always)
    init?(ofArrayAt place: UnsafeRawPointer) {
        guard let start = place.load(as: UnsafeRawPointer?.self) else { return nil }
        self.start = start
    }

    /// Of the text that is stored at `place`; `nil` when it is short and so has none.
    @inline(__always)
    init?(ofTextAt place: UnsafeRawPointer) {
        let word = place.load(fromByteOffset: 8, as: UInt.self)
        guard word >> 60 == 0, let start = UnsafeRawPointer(bitPattern: word & (1 << 60 - 1)) else { return nil }
        self.start = start
    }

    /// Fetches the count, and how many hold on to it; of a text the beginning, too.
    @inline(__always)
    func fetchHead() { holdfast_prefetch(self.start + Self.count) }

    @inline(__always)
    var elementCount: Int { self.start.load(fromByteOffset: Self.count, as: Int.self) }

    @inline(__always)
    func fetch<Element>(_ index: Int, of type: Element.Type) { holdfast_prefetch(self.place(index, of: type)) }

    /// Where an element is, which the caller knows to be there.
    @inline(__always)
    func place<Element>(_ index: Int, of type: Element.Type) -> UnsafeRawPointer {
        self.start + Self.head + index * MemoryLayout<Element>.stride
    }
}

extension LeaseTable {
    /// Where the parts of one shard are that looks for its leases read.
    private struct Parts {
        static let words = Self.offset(MemoryLayout<LeaseFinder>.offset(of: \.index), PlaceIndex.wordsOffset)
        static let terms = Self.offset(MemoryLayout<LeaseShard>.offset(of: \.terms), 0)
        static let blocks = Self.offset(MemoryLayout<LeaseShard>.offset(of: \.names), NameBlocks.blocksOffset)
        static let isKnown = Memory.isAsExpected && words >= 0 && terms >= 0 && blocks >= 0

        private static func offset(_ outer: Int?, _ inner: Int?) -> Int {
            guard let outer, let inner else { return -1 }
            return outer + inner
        }

        let finder: UnsafeRawPointer
        let shard: UnsafeRawPointer

        @inline(__always) var words: Memory? { Memory(ofArrayAt: self.finder + Self.words) }
        @inline(__always) var terms: Memory? { Memory(ofArrayAt: self.shard + Self.terms) }
        @inline(__always) var blocks: Memory? { Memory(ofArrayAt: self.shard + Self.blocks) }

        /// Where the names of the lease at `place` are, which is there.
        @inline(__always)
        func names(_ place: Int) -> UnsafeRawPointer? {
            let (block, offset) = NameBlocks.split(place)
            return self.blocks.flatMap {
                Memory(ofArrayAt: $0.place(block, of: ContiguousArray<NameBlocks.Names>.self))
            }?
            .place(offset, of: NameBlocks.Names.self)
        }
    }

    /// Fetches what looks for the keys with these hashes will read.
    func fetch(_ hashes: ContiguousArray<UInt64>) {
        guard Parts.isKnown else { return }
        self.finders.withUnsafeBufferPointer { finders in
            self.shards.withUnsafeBufferPointer { shards in
                guard let finder = finders.baseAddress, let shard = shards.baseAddress else { return }
                func parts(_ hash: UInt64) -> Parts {
                    Parts(
                        finder: UnsafeRawPointer(finder + Self.shard(hash)),
                        shard: UnsafeRawPointer(shard + Self.shard(hash))
                    )
                }
                for hash in hashes {
                    holdfast_prefetch(parts(hash).finder)
                    holdfast_prefetch(parts(hash).shard)
                }
                for hash in hashes {
                    parts(hash).words?.fetchHead()
                    parts(hash).terms?.fetchHead()
                    parts(hash).blocks?.fetchHead()
                }
                for hash in hashes { if let words = parts(hash).words { PlaceIndex.fetchSlot(hash, in: words) } }
                // Nearly always the place: another lease's hash is like it once in millions.
                var places: ContiguousArray<(Parts, Int)> = []
                places.reserveCapacity(hashes.count)
                for hash in hashes {
                    guard let words = parts(hash).words, let place = PlaceIndex.firstPlace(hash, in: words) else {
                        continue
                    }
                    places.append((parts(hash), Int(place)))
                }
                for (parts, place) in places {
                    parts.terms?.fetch(place, of: LeaseShard.Term.self)
                    parts.blocks?.fetch(NameBlocks.split(place).block, of: ContiguousArray<NameBlocks.Names>.self)
                }
                for (parts, place) in places { if let names = parts.names(place) { holdfast_prefetch(names) } }
                for (parts, place) in places {
                    if let names = parts.names(place) { NameBlocks.Names.fetchTexts(names) }
                }
            }
        }
    }
}

extension NameBlocks.Names {
    private static let name = MemoryLayout<Self>.offset(of: \.key.name) ?? 0
    private static let holder = MemoryLayout<Self>.offset(of: \.holder) ?? 0

    /// Fetches the texts of the names at `place`, as far as they lie elsewhere and are this lease's own.
    @inline(__always)
    fileprivate static func fetchTexts(_ place: UnsafeRawPointer) {
        Memory(ofTextAt: place + Self.name)?.fetchHead()
        Memory(ofTextAt: place + Self.holder)?.fetchHead()
    }
}

extension RememberedResults {
    /// Fetches what looks for the ids with these hashes will read.
    func fetch(_ hashes: ContiguousArray<UInt64>) {
        guard Memory.isAsExpected else { return }
        self.index.fetch(hashes)
    }
}

extension ResultIndex {
    fileprivate func fetch(_ hashes: ContiguousArray<UInt64>) {
        guard let words = PlaceIndex.wordsOffset else { return }
        self.parts.withUnsafeBufferPointer { parts in
            guard let first = parts.baseAddress else { return }
            for hash in hashes { holdfast_prefetch(first + Self.part(hash)) }
            for hash in hashes { Memory(ofArrayAt: UnsafeRawPointer(first + Self.part(hash)) + words)?.fetchHead() }
            for hash in hashes {
                guard let words = Memory(ofArrayAt: UnsafeRawPointer(first + Self.part(hash)) + words) else { continue }
                PlaceIndex.fetchSlot(hash, in: words)
            }
        }
    }
}

extension PlaceIndex {
    /// Fetches where `find` begins; the count is at hand.
    @inline(__always)
    fileprivate static func fetchSlot(_ hash: UInt64, in words: Memory) {
        words.fetch(
            Int(truncatingIfNeeded: UInt32(truncatingIfNeeded: hash)) & max(words.elementCount - 1, 0),
            of: UInt64.self
        )
    }

    /// The first place whose hash is like `hash` in 32 bits.
    @inline(__always)
    fileprivate static func firstPlace(_ hash: UInt64, in words: Memory) -> UInt32? {
        guard words.elementCount > 0 else { return nil }
        let mask = words.elementCount - 1
        let tag = UInt32(truncatingIfNeeded: hash)
        var slot = Int(truncatingIfNeeded: tag) & mask
        while true {
            let word = words.place(slot, of: UInt64.self).load(as: UInt64.self)
            if word == 0 { return nil }
            if UInt32(truncatingIfNeeded: word >> 32) == tag { return UInt32(truncatingIfNeeded: word) &- 1 }
            slot = (slot + 1) & mask
        }
    }
}

extension LeaseState {
    /// To be called before many of `end(of:)`: fetches what they will read.
    package func fetch(_ keys: [LeaseKey]) {
        self.table.fetch(ContiguousArray(keys.lazy.map { KeyedHash.process($0) }))
    }
}
