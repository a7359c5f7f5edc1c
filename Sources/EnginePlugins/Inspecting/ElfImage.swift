/// An object file of this machine, read without being loaded. Nothing in it is believed: every offset and count is
/// checked against the bytes there are, so that a damaged or hostile file gives an error and never a trap.
struct ElfImage {
    struct Segment: Hashable {
        var type: UInt32
        var offset: UInt64
        var address: UInt64
        var fileSize: UInt64
    }

    let bytes: ElfBytes
    let isSharedObject: Bool
    let segments: [Segment]

    init(_ bytes: ElfBytes) throws(ElfError) {
        self.bytes = bytes
        guard bytes.count >= Self.headerSize else { throw .notForThisMachine("it is too short to be a shared object") }
        let header = try bytes.read(0, UInt64(Self.headerSize))
        guard header.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else {
            throw .notForThisMachine("it does not begin as a shared object does")
        }
        guard header[4] == 2, header[5] == 1 else { throw .notForThisMachine("it is not 64-bit little-endian") }
        let machine = header.number(at: 18, as: UInt16.self)
        guard machine == Self.machine else {
            throw .notForThisMachine("it is for machine \(machine), and this one is \(Self.machine)")
        }
        self.isSharedObject = header.number(at: 16, as: UInt16.self) == 3
        let tableOffset = header.number(at: 32, as: UInt64.self)
        let entrySize = header.number(at: 54, as: UInt16.self)
        let entryCount = header.number(at: 56, as: UInt16.self)
        guard entrySize == UInt16(Self.segmentSize), entryCount > 0, entryCount <= 512 else {
            throw .malformed("its table of segments is unusual")
        }
        let table = try bytes.read(tableOffset, UInt64(Self.segmentSize) * UInt64(entryCount))
        self.segments = (0..<Int(entryCount)).map { index in
            let at = index * Self.segmentSize
            return Segment(
                type: table.number(at: at, as: UInt32.self),
                offset: table.number(at: at + 8, as: UInt64.self),
                address: table.number(at: at + 16, as: UInt64.self),
                fileSize: table.number(at: at + 32, as: UInt64.self)
            )
        }
    }

    /// What follows `address` of the loaded object in its file: where it is, and how many bytes to the segment's end.
    func place(of address: UInt64) throws(ElfError) -> (offset: UInt64, available: UInt64) {
        for segment in self.segments where segment.type == Self.load && address >= segment.address {
            let distance = address - segment.address
            guard distance < segment.fileSize else { continue }
            let (offset, overflow) = segment.offset.addingReportingOverflow(distance)
            guard !overflow, offset < UInt64(self.bytes.count) else { break }
            return (offset, min(segment.fileSize - distance, UInt64(self.bytes.count) - offset))
        }
        throw .malformed("address \(address) is not in it")
    }

    /// `length` bytes at `address` of the loaded object.
    func read(at address: UInt64, _ length: UInt64) throws(ElfError) -> [UInt8] {
        let place = try self.place(of: address)
        guard length <= place.available else { throw .malformed("what is at address \(address) is cut short") }
        return try self.bytes.read(place.offset, length)
    }

    /// The id that the linker gave this build, in hexadecimal; nil when it gave none.
    func buildID() throws(ElfError) -> String? {
        for segment in self.segments where segment.type == Self.note && segment.fileSize <= 1 << 16 {
            let notes = try self.bytes.read(segment.offset, segment.fileSize)
            if let id = Self.buildID(in: notes) { return id }
        }
        return nil
    }

    private static func buildID(in notes: [UInt8]) -> String? {
        var at = 0
        while notes.count - at >= 12 {
            let nameSize = Int(notes.number(at: at, as: UInt32.self))
            let size = Int(notes.number(at: at + 4, as: UInt32.self))
            let type = notes.number(at: at + 8, as: UInt32.self)
            let body = at + 12 + (nameSize + 3) / 4 * 4
            guard body <= notes.count, size <= notes.count - body else { return nil }
            if type == 3, nameSize == 4, Array(notes[at + 12..<at + 16]) == Array("GNU\0".utf8) {
                return notes[body..<body + size].map { byte in
                    String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
                }.joined()
            }
            at = body + (size + 3) / 4 * 4
            if at > notes.count { return nil }
        }
        return nil
    }

    static let headerSize = 64
    static let segmentSize = 56
    static let load: UInt32 = 1
    static let dynamic: UInt32 = 2
    static let note: UInt32 = 4

    #if arch(x86_64)
        static let machine: UInt16 = 62
    #elseif arch(arm64)
        static let machine: UInt16 = 183
    #elseif arch(riscv64)
        static let machine: UInt16 = 243
    #else
        #error("the number of this machine is not known here")
    #endif
}
