import Consensus
import FoundationEssentials
import GRDB

/// Reads a log and refuses what does not hold together.
struct LogReader {
    let database: Database
    let path: String

    /// Throws unless the file is an undamaged log of `serverID` in `clusterID` that this version understands.
    func verify(clusterID: String, serverID: ServerID) throws {
        guard try Int.fetchOne(self.database, sql: "PRAGMA application_id") == LogSchema.applicationID else {
            throw LogStoreError.notALog(self.path)
        }
        let version = try Int.fetchOne(self.database, sql: "PRAGMA user_version") ?? 0
        guard version <= LogSchema.version else {
            throw LogStoreError(
                .newerSchema,
                "the log \(self.path) has schema \(version) and this version knows \(LogSchema.version): start the newer "
                    + "version again"
            )
        }
        // Finds what no row's checksum can: rows that are no longer there.
        let complaint = try String.fetchOne(self.database, sql: "PRAGMA quick_check(1)")
        guard complaint == "ok" else { throw LogStoreError.corrupt(self.path, complaint ?? "it cannot be checked") }
        guard let owner = try Row.fetchOne(self.database, sql: "SELECT cluster, server FROM owner") else {
            throw LogStoreError.corrupt(self.path, "it names no owner")
        }
        let cluster = try owner.value(String.self, at: 0)
        guard cluster == clusterID else {
            throw LogStoreError(
                .otherCluster,
                "the log \(self.path) belongs to cluster \(cluster), not \(clusterID): point data-directory to this "
                    + "cluster's own directory"
            )
        }
        let server = UInt64(bitPattern: try owner.value(Int64.self, at: 1))
        guard server == serverID.rawValue else {
            throw LogStoreError(
                .otherServer,
                "the log \(self.path) belongs to controller \(server), not \(serverID): give each controller its own "
                    + "data-directory"
            )
        }
    }

    /// The index the next entry gets, and the snapshot's index, 0 when there is none.
    func endIndex() throws -> (next: LogIndex, snapshot: LogIndex) {
        let last = try self.number("SELECT max(position) FROM entry")
        let snapshot = try self.number("SELECT position FROM snapshot") ?? 0
        return (last.map { $0 + 1 } ?? snapshot + 1, snapshot)
    }

    func durableState() throws -> DurableState {
        let vote = try self.vote()
        let snapshot = try self.snapshot()
        let (firstIndex, entries) = try self.entries(after: snapshot)
        return DurableState(
            term: vote.term,
            votedFor: vote.candidate,
            snapshot: snapshot,
            firstIndex: firstIndex,
            entries: entries
        )
    }

    private func vote() throws -> StoredVote {
        guard let row = try Row.fetchOne(self.database, sql: "SELECT term, candidate, checksum FROM vote") else {
            throw LogStoreError.corrupt(self.path, "its term is missing")
        }
        let candidate = try row.optional(Int64.self, at: 1)
        let vote = StoredVote(
            term: UInt64(bitPattern: try row.value(Int64.self, at: 0)),
            candidate: candidate.map { ServerID(UInt64(bitPattern: $0)) }
        )
        guard try row.value(Int64.self, at: 2) == Int64(vote.checksum) else {
            throw LogStoreError.corrupt(self.path, "the checksum of its term and vote does not match")
        }
        return vote
    }

    private func snapshot() throws -> Snapshot? {
        let sql = "SELECT position, term, configuration, configuration_position, data, checksum FROM snapshot"
        guard let row = try Row.fetchOne(self.database, sql: sql) else { return nil }
        let index = UInt64(bitPattern: try row.value(Int64.self, at: 0))
        let term = UInt64(bitPattern: try row.value(Int64.self, at: 1))
        let configurationIndex = UInt64(bitPattern: try row.value(Int64.self, at: 3))
        let configuration = [UInt8](try row.value(Data.self, at: 2))
        let data = [UInt8](try row.value(Data.self, at: 4))
        let checksum = StoredSnapshot.checksum(
            index: index,
            term: term,
            configurationIndex: configurationIndex,
            configuration: configuration,
            data: data
        )
        guard try row.value(Int64.self, at: 5) == Int64(checksum) else {
            throw LogStoreError.corrupt(self.path, "the checksum of its snapshot does not match")
        }
        return Snapshot(
            index: index,
            term: term,
            configuration: try ClusterConfiguration(decoding: configuration),
            configurationIndex: configurationIndex,
            data: data
        )
    }

    private func entries(after snapshot: Snapshot?) throws -> (first: LogIndex, entries: [Entry]) {
        let following = (snapshot?.index ?? 0) + 1
        var entries: [Entry] = []
        var first = following
        let rows = try Row.fetchCursor(
            self.database,
            sql: "SELECT position, term, kind, payload, checksum FROM entry ORDER BY position"
        )
        while let row = try rows.next() {
            let position = UInt64(bitPattern: try row.value(Int64.self, at: 0))
            if entries.isEmpty { first = position }
            guard position == first + UInt64(entries.count) else {
                throw LogStoreError.corrupt(self.path, "entry \(first + UInt64(entries.count)) is missing")
            }
            guard let kind = Entry.Kind(rawValue: UInt8(clamping: try row.value(Int64.self, at: 2))) else {
                throw LogStoreError.corrupt(self.path, "entry \(position) is of an unknown kind")
            }
            let term = UInt64(bitPattern: try row.value(Int64.self, at: 1))
            let entry = Entry(term: term, kind: kind, payload: [UInt8](try row.value(Data.self, at: 3)))
            let stored = StoredEntry(position: position, entry: entry)
            guard try row.value(Int64.self, at: 4) == Int64(stored.checksum) else {
                throw LogStoreError.corrupt(self.path, "the checksum of entry \(position) does not match")
            }
            entries.append(entry)
        }
        guard first >= 1, first <= following else {
            throw LogStoreError.corrupt(self.path, "entry \(following) is missing")
        }
        return (first, entries)
    }

    private func number(_ sql: String) throws -> UInt64? {
        let statement = try self.database.cachedStatement(sql: sql)
        return try Int64.fetchOne(statement).map { UInt64(bitPattern: $0) }
    }
}
