import CPrefetch

// Looks into large tables wait for memory most of their time: each of the half dozen places that a look reads is found in
// the one before, and none is in the processor's caches. So who has many looks before it has the first places of all of
// them fetched side by side, then the second ones, and so on, and waits once instead of for each.
//
// Nothing depends on it but time.

/// How many looks go side by side: as many as the processor can wait for at once, and a few more.
let looksAtOnce = 32

extension ContiguousArray {
    /// Fetches the element's place.
    @inline(__always)
    func fetch(_ index: Int) {
        self.withUnsafeBufferPointer { elements in
            if let first = elements.baseAddress { holdfast_prefetch(first + index) }
        }
    }

    /// Fetches what stands before the first element: the count, and how many share it.
    @inline(__always)
    func fetchHead() {
        self.withUnsafeBufferPointer { elements in
            if let first = elements.baseAddress { holdfast_prefetch(UnsafeRawPointer(first) - 16) }
        }
    }
}

extension String {
    /// Fetches the text, if it lies in memory of its own.
    @inline(__always)
    func fetch() {
        guard self.utf8.count > 15 else { return }
        _ = self.utf8.withContiguousStorageIfAvailable { holdfast_prefetch($0.baseAddress) }
    }
}

extension LeaseTable {
    /// Fetches what looks for the keys with these hashes will read.
    func fetch(_ hashes: ContiguousArray<UInt64>) {
        for hash in hashes {
            self.finders.fetch(Self.shard(hash))
            self.shards.fetch(Self.shard(hash))
        }
        for hash in hashes {
            self.finders[Self.shard(hash)].fetchIndex()
            self.shards[Self.shard(hash)].fetchHeads()
        }
        for hash in hashes { self.finders[Self.shard(hash)].fetchSlot(hash) }
        // Nearly always the place: another lease's hash is like it once in millions.
        let places = hashes.map { self.finders[Self.shard($0)].firstPlace($0) ?? -1 }
        for (hash, place) in zip(hashes, places) where place >= 0 { self.shards[Self.shard(hash)].fetch(place) }
        for (hash, place) in zip(hashes, places) where place >= 0 { self.shards[Self.shard(hash)].names.fetch(place) }
        for (hash, place) in zip(hashes, places) where place >= 0 {
            self.shards[Self.shard(hash)].names.fetchTexts(place)
        }
    }
}

extension RememberedResults {
    /// Fetches what looks for the ids with these hashes will read.
    func fetch(_ hashes: ContiguousArray<UInt64>) {
        for hash in hashes { self.index.fetchPart(hash) }
        for hash in hashes { self.index.fetchIndex(hash) }
        for hash in hashes { self.index.fetchSlot(hash) }
    }
}

extension LeaseState {
    /// To be called before many of `end(of:)`: fetches what they will read.
    package func fetch(_ keys: some Sequence<LeaseKey>) {
        self.table.fetch(ContiguousArray(keys.map { KeyedHash.process($0) }))
    }
}
