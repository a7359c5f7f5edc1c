/// Finds places by 64-bit hashes: open addressing without tombstones.
///
/// A word holds 32 bits of the hash and the place plus one; zero is free. Whether what lies at a place really is what was
/// looked for, the caller says.
struct PlaceIndex: Sendable {
    private(set) var words: ContiguousArray<UInt64> = []
    static let wordsOffset = MemoryLayout<Self>.offset(of: \.words)
    private(set) var count = 0

    private static func word(_ hash: UInt64, _ place: UInt32) -> UInt64 { hash << 32 | UInt64(place) &+ 1 }
    private static func place(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word) &- 1 }

    /// The first place under `hash` for which `isSought` holds.
    @inline(__always)
    func find(_ hash: UInt64, isSought: (UInt32) -> Bool) -> UInt32? {
        guard self.count > 0 else { return nil }
        return self.words.withUnsafeBufferPointer { words in
            let mask = words.count - 1
            let tag = UInt32(truncatingIfNeeded: hash)
            var slot = Int(truncatingIfNeeded: tag) & mask
            while words[slot] != 0 {
                if UInt32(truncatingIfNeeded: words[slot] >> 32) == tag, isSought(Self.place(words[slot])) {
                    return Self.place(words[slot])
                }
                slot = (slot + 1) & mask
            }
            return nil
        }
    }

    /// Adds a place; the caller knows that it is not there.
    mutating func insert(_ hash: UInt64, _ place: UInt32) {
        self.count += 1
        if 4 * self.count > 3 * self.words.count { self.grow() }
        Self.put(Self.word(hash, place), into: &self.words)
    }

    /// Makes room for `count` places at once; before the first.
    mutating func reserve(_ count: Int) {
        guard self.words.isEmpty, count > 0 else { return }
        var capacity = 4
        while 4 * count > 3 * capacity { capacity *= 2 }
        self.words = ContiguousArray(repeating: 0, count: capacity)
    }

    /// Puts `new` where `old` was inserted under the same hash.
    mutating func replace(_ hash: UInt64, _ old: UInt32, by new: UInt32) {
        guard let slot = self.slot(of: Self.word(hash, old)) else { return }
        self.words[slot] = Self.word(hash, new)
    }

    /// Takes out what `insert` put in.
    mutating func remove(_ hash: UInt64, _ place: UInt32) {
        guard var hole = self.slot(of: Self.word(hash, place)) else { return }
        self.count -= 1
        guard self.count > 0 else {
            self.words = []
            return
        }
        let mask = self.words.count - 1
        self.words.withUnsafeMutableBufferPointer { words in
            // What follows without a gap moves up unless it would come before where it wants to be.
            var next = (hole + 1) & mask
            while words[next] != 0 {
                let wanted = Int(truncatingIfNeeded: words[next] >> 32) & mask
                if (next - wanted) & mask >= (next - hole) & mask {
                    words[hole] = words[next]
                    hole = next
                }
                next = (next + 1) & mask
            }
            words[hole] = 0
        }
    }

    private func slot(of word: UInt64) -> Int? {
        guard self.count > 0 else { return nil }
        let mask = self.words.count - 1
        var slot = Int(truncatingIfNeeded: word >> 32) & mask
        while self.words[slot] != word {
            if self.words[slot] == 0 { return nil }
            slot = (slot + 1) & mask
        }
        return slot
    }

    private mutating func grow() {
        var larger = ContiguousArray<UInt64>(repeating: 0, count: max(4, 2 * self.words.count))
        for word in self.words where word != 0 { Self.put(word, into: &larger) }
        self.words = larger
    }

    private static func put(_ word: UInt64, into words: inout ContiguousArray<UInt64>) {
        words.withUnsafeMutableBufferPointer { words in
            let mask = words.count - 1
            var slot = Int(truncatingIfNeeded: word >> 32) & mask
            while words[slot] != 0 { slot = (slot + 1) & mask }
            words[slot] = word
        }
    }
}
