internal import CRaft

/// Entries in the core's form, in the core's kind of memory.
///
/// Payloads are not in it: the core never reads those of commands and barriers, and hands back positions from which the
/// Swift entries are found again. Only a configuration's bytes are there, written by the core's own encoder.
/// Who frees what depends on the event, so nothing is freed unless told.
struct EntryBatch {
    let first: UnsafeMutablePointer<raft_entry>
    let entries: [Entry]
    private let bytes: UnsafeMutableRawPointer

    /// `entries` must not be empty; all configuration entries among them are the one that `configuration` encodes.
    init(_ entries: [Entry], configuration: [UInt8]) throws(RaftCoreError) {
        let size = max(1, configuration.count)
        guard let bytes = raft_malloc(size),
            let array = raft_malloc(MemoryLayout<raft_entry>.stride * max(1, entries.count))
        else { throw RaftCoreError(coreResult: Int32(RAFT_NOMEM), detail: "", doing: "copying entries") }
        bytes.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        bytes.copyMemory(from: configuration, byteCount: configuration.count)
        self.bytes = bytes
        self.entries = entries
        self.first = array.bindMemory(to: raft_entry.self, capacity: max(1, entries.count))
        for (offset, entry) in entries.enumerated() {
            var slot = raft_entry()
            slot.term = entry.term
            slot.type = entry.kind.coreType
            slot.buf.base = bytes
            slot.buf.len = entry.kind == .configuration ? configuration.count : 0
            slot.batch = bytes
            (self.first + offset).initialize(to: slot)
        }
    }

    /// Frees the array of entries, not what they point to.
    func freeArray() { raft_free(self.first) }

    /// Frees what the entries point to.
    func freeBytes() { raft_free(self.bytes) }

    /// The entries the core means by `batch`, when that lies inside this array.
    func slice(from batch: UnsafeMutablePointer<raft_entry>, count: Int) -> [Entry]? {
        let offset = batch - self.first
        guard offset >= 0, offset + count <= self.entries.count else { return nil }
        return count == self.entries.count ? self.entries : Array(self.entries[offset..<offset + count])
    }
}

extension Entry.Kind {
    var coreType: raft_entry_type {
        switch self {
        case .command: RAFT_COMMAND
        case .barrier: RAFT_BARRIER
        case .configuration: RAFT_CHANGE
        }
    }
}
