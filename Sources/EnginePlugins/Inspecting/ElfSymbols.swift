/// The names an object file offers to others and wants from them, as the loader of the system would see them.
struct ElfSymbols {
    struct Symbol {
        /// The name without its final zero.
        let name: ArraySlice<UInt8>
        let isDefined: Bool
        /// Where it is in the loaded object.
        let address: UInt64
        let size: UInt64
    }

    /// The libraries it needs, by file name.
    let libraries: [String]
    private let table: [UInt8]
    private let strings: [UInt8]

    init(of image: ElfImage) throws(ElfError) {
        let dynamic = try Self.dynamic(of: image)
        guard let strings = dynamic.first(Self.stringTable), let size = dynamic.first(Self.stringSize),
            let table = dynamic.first(Self.symbolTable)
        else { throw .malformed("it has no dynamic symbols") }
        guard size <= Self.largestTable else { throw .malformed("its names are too many") }
        if let entry = dynamic.first(Self.symbolEntry), entry != UInt64(Self.symbolSize) {
            throw .malformed("its symbols are of an unusual size")
        }
        self.strings = try image.read(at: strings, size)
        let count = try Self.count(in: image, dynamic, table)
        self.table = try image.read(at: table, count * UInt64(Self.symbolSize))
        var libraries: [String] = []
        for offset in dynamic.all(Self.needed) {
            libraries.append(String(decoding: try Self.name(at: offset, in: self.strings), as: UTF8.self))
        }
        self.libraries = libraries
    }

    /// Shows every named symbol to `body`, until it returns false.
    func forEach(_ body: (Symbol) -> Bool) throws(ElfError) {
        var scanned = 0
        for at in stride(from: 0, to: self.table.count, by: Self.symbolSize) {
            let name = try Self.name(at: UInt64(self.table.number(at: at, as: UInt32.self)), in: self.strings)
            if name.isEmpty { continue }
            // A hostile table could point again and again at one endless name.
            scanned += name.count
            guard scanned <= Self.mostNameBytes else { throw .malformed("its names are too long") }
            let symbol = Symbol(
                name: name,
                isDefined: self.table.number(at: at + 6, as: UInt16.self) != 0,
                address: self.table.number(at: at + 8, as: UInt64.self),
                size: self.table.number(at: at + 16, as: UInt64.self)
            )
            guard body(symbol) else { return }
        }
    }

    private static func name(at offset: UInt64, in strings: [UInt8]) throws(ElfError) -> ArraySlice<UInt8> {
        guard offset < UInt64(strings.count) else { throw .malformed("a name is not among its names") }
        let rest = strings[Int(offset)...]
        guard let end = rest.firstIndex(of: 0) else { throw .malformed("its last name does not end") }
        return rest[..<end]
    }

    // MARK: Where they are

    /// The pairs that tell the system's loader where everything is.
    private struct Dynamic {
        var pairs: [(tag: UInt64, value: UInt64)] = []

        func first(_ tag: UInt64) -> UInt64? { self.pairs.first { $0.tag == tag }?.value }
        func all(_ tag: UInt64) -> [UInt64] { self.pairs.filter { $0.tag == tag }.map(\.value) }
    }

    private static func dynamic(of image: ElfImage) throws(ElfError) -> Dynamic {
        guard let segment = image.segments.first(where: { $0.type == ElfImage.dynamic }) else {
            throw .malformed("it cannot be loaded: it has no dynamic part")
        }
        guard segment.fileSize <= 1 << 20 else { throw .malformed("its dynamic part is too large") }
        let bytes = try image.bytes.read(segment.offset, segment.fileSize)
        var dynamic = Dynamic()
        for at in stride(from: 0, to: bytes.count - bytes.count % 16, by: 16) {
            let tag = bytes.number(at: at, as: UInt64.self)
            if tag == 0 { break }
            dynamic.pairs.append((tag, bytes.number(at: at + 8, as: UInt64.self)))
        }
        return dynamic
    }

    /// How many symbols there are is only said by the tables for looking them up.
    private static func count(
        in image: ElfImage,
        _ dynamic: Dynamic,
        _ table: UInt64
    ) throws(ElfError) -> UInt64 {
        let most = min(try image.place(of: table).available, largestTable) / UInt64(self.symbolSize)
        let count: UInt64
        if let hash = dynamic.first(self.hash) {
            count = UInt64(try image.read(at: hash, 8).number(at: 4, as: UInt32.self))
        } else if let hash = dynamic.first(self.gnuHash) {
            count = try self.count(inGNUHash: hash, of: image)
        } else {
            throw .malformed("it has no table to look its symbols up")
        }
        guard count <= most else { throw .malformed("it has fewer symbols than it says") }
        return count
    }

    /// One more than the last symbol of the last chain; the chains hold those that are defined, in order, at the end.
    private static func count(inGNUHash address: UInt64, of image: ElfImage) throws(ElfError) -> UInt64 {
        let header = try image.read(at: address, 16)
        let bucketCount = UInt64(header.number(at: 0, as: UInt32.self))
        let firstSymbol = UInt64(header.number(at: 4, as: UInt32.self))
        let filterWords = UInt64(header.number(at: 8, as: UInt32.self))
        // No overflow: each count has 32 bits; `address` lies in a segment, hence the checked sum.
        let (buckets, overflow) = address.addingReportingOverflow(16 + filterWords * 8)
        guard !overflow, bucketCount * 4 <= self.largestTable else { throw .malformed("its look-up table is unusual") }
        let bytes = try image.read(at: buckets, bucketCount * 4)
        var last: UInt64 = 0
        for at in stride(from: 0, to: bytes.count, by: 4) {
            last = max(last, UInt64(bytes.number(at: at, as: UInt32.self)))
        }
        guard last >= firstSymbol, last > 0 else { return firstSymbol }
        let (chain, chainOverflow) = buckets.addingReportingOverflow(bucketCount * 4 + (last - firstSymbol) * 4)
        guard !chainOverflow else { throw .malformed("its look-up table is unusual") }
        let available = min(try image.place(of: chain).available, self.largestTable) / 4 * 4
        let rest = try image.read(at: chain, available)
        for at in stride(from: 0, to: rest.count, by: 4) where rest[at] & 1 == 1 {
            return last + UInt64(at / 4) + 1
        }
        throw .malformed("its look-up table does not end")
    }

    private static let symbolSize = 24
    /// Far more than any plugin has; keeps what a hostile file can make us read within bounds.
    private static let largestTable: UInt64 = 64 << 20
    private static let mostNameBytes = 256 << 20
    private static let needed: UInt64 = 1
    private static let hash: UInt64 = 4
    private static let stringTable: UInt64 = 5
    private static let symbolTable: UInt64 = 6
    private static let stringSize: UInt64 = 10
    private static let symbolEntry: UInt64 = 11
    private static let gnuHash: UInt64 = 0x6FFF_FEF5
}
