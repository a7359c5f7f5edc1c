import Checksum
import Consensus
import FoundationEssentials

// What a row's checksum covers. The index is part of it, so that a row that moved does not pass for another.

/// The one row of the vote table.
struct StoredVote {
    var term: Term
    var candidate: ServerID?

    var checksum: UInt32 {
        var checksum = CRC32C()
        checksum.update(self.term)
        checksum.update(self.candidate == nil ? 0 : 1 as UInt64)
        checksum.update(self.candidate?.rawValue ?? 0)
        return checksum.value
    }
}

/// One row of the entry table.
struct StoredEntry {
    var position: LogIndex
    var entry: Entry

    var payload: Data { Data(self.entry.payload) }

    var checksum: UInt32 {
        var checksum = CRC32C()
        checksum.update(self.position)
        checksum.update(self.entry.term)
        checksum.update(UInt64(self.entry.kind.rawValue))
        checksum.update(self.entry.payload)
        return checksum.value
    }
}

/// The one row of the snapshot table.
struct StoredSnapshot {
    var snapshot: Snapshot
    var configuration: Data

    init(_ snapshot: Snapshot) {
        self.snapshot = snapshot
        self.configuration = Data(snapshot.configuration.encoded())
    }

    var data: Data { Data(self.snapshot.data) }

    var checksum: UInt32 {
        Self.checksum(
            index: self.snapshot.index,
            term: self.snapshot.term,
            configurationIndex: self.snapshot.configurationIndex,
            configuration: [UInt8](self.configuration),
            data: self.snapshot.data
        )
    }

    static func checksum(
        index: LogIndex,
        term: Term,
        configurationIndex: LogIndex,
        configuration: [UInt8],
        data: [UInt8]
    ) -> UInt32 {
        var checksum = CRC32C()
        checksum.update(index)
        checksum.update(term)
        checksum.update(configurationIndex)
        checksum.update(UInt64(configuration.count))
        checksum.update(configuration)
        checksum.update(data)
        return checksum.value
    }
}
