/// Finds the place of a remembered result by its operation's id, in many small parts, so that the first write after a
/// copy copies four kilobytes and not sixty megabytes.
struct ResultIndex: Sendable {
    private static let partBits: UInt64 = 14

    /// Takes no memory of its own.
    static let empty = ResultIndex()

    private(set) var parts = ContiguousArray<PlaceIndex>(repeating: PlaceIndex(), count: 1 << Self.partBits)

    static func part(_ hash: UInt64) -> Int { Int(truncatingIfNeeded: hash >> (64 - Self.partBits)) }

    @inline(__always)
    func find(_ hash: UInt64, isSought: (UInt32) -> Bool) -> UInt32? {
        self.parts[Self.part(hash)].find(hash, isSought: isSought)
    }

    mutating func insert(_ hash: UInt64, _ place: UInt32) { self.parts[Self.part(hash)].insert(hash, place) }

    mutating func replace(_ hash: UInt64, _ old: UInt32, by new: UInt32) {
        self.parts[Self.part(hash)].replace(hash, old, by: new)
    }

    mutating func remove(_ hash: UInt64, _ place: UInt32) { self.parts[Self.part(hash)].remove(hash, place) }
}
