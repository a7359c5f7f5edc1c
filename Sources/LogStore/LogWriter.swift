import Consensus
import GRDB

/// Writes rows inside a transaction its caller commits.
struct LogWriter {
    let database: Database
    let path: String

    func found(clusterID: String, serverID: ServerID, configuration: ClusterConfiguration) throws {
        try self.database.execute(
            sql: "INSERT INTO owner (only, cluster, server) VALUES (1, ?, ?)",
            arguments: [clusterID, Int64(bitPattern: serverID.rawValue)]
        )
        let start = DurableState.bootstrap(configuration)
        try self.save(term: start.term, vote: start.votedFor)
        try self.append(start.entries, at: start.firstIndex)
    }

    func save(term: Term, vote: ServerID?) throws {
        let row = StoredVote(term: term, candidate: vote)
        try self.run(
            "INSERT OR REPLACE INTO vote (only, term, candidate, checksum) VALUES (1, ?, ?, ?)",
            [
                Int64(bitPattern: term), vote.map { Int64(bitPattern: $0.rawValue) },
                Int64(row.checksum),
            ]
        )
    }

    func perform(_ write: LogWrite) throws {
        switch write {
        case .append(let position, let entries):
            try self.append(entries, at: position)
        case .install(let snapshot):
            try self.requireProgress(to: snapshot)
            try self.run("DELETE FROM entry", [])
            try self.replaceSnapshot(with: snapshot)
        case .compact(let snapshot, let first):
            try self.requireProgress(to: snapshot)
            guard first <= snapshot.index + 1 else {
                throw LogStoreError(
                    .invalidWrite,
                    "entries up to \(first) would go, but the snapshot ends at \(snapshot.index)"
                )
            }
            try self.run("DELETE FROM entry WHERE position < ?", [Int64(bitPattern: first)])
            try self.replaceSnapshot(with: snapshot)
        }
    }

    private func append(_ entries: [Entry], at position: LogIndex) throws {
        let end = try LogReader(database: self.database, path: self.path).endIndex()
        guard position <= end.next, position > end.snapshot else {
            throw LogStoreError(
                .invalidWrite,
                "entries at \(position) do not join a log whose next index is \(end.next)"
            )
        }
        if position < end.next {
            try self.run("DELETE FROM entry WHERE position >= ?", [Int64(bitPattern: position)])
        }
        let statement = try self.database.cachedStatement(
            sql: "INSERT INTO entry (position, term, kind, payload, checksum) VALUES (?, ?, ?, ?, ?)"
        )
        var index = position
        for entry in entries {
            let row = StoredEntry(position: index, entry: entry)
            try statement.execute(arguments: [
                Int64(bitPattern: index), Int64(bitPattern: entry.term), Int64(entry.kind.rawValue),
                row.payload, Int64(row.checksum),
            ])
            index += 1
        }
    }

    private func replaceSnapshot(with snapshot: Snapshot) throws {
        let row = StoredSnapshot(snapshot)
        try self.run(
            """
            INSERT OR REPLACE INTO snapshot
                (only, position, term, configuration, configuration_position, data, checksum)
            VALUES (1, ?, ?, ?, ?, ?, ?)
            """,
            [
                Int64(bitPattern: snapshot.index), Int64(bitPattern: snapshot.term), row.configuration,
                Int64(bitPattern: snapshot.configurationIndex), row.data, Int64(row.checksum),
            ]
        )
    }

    private func requireProgress(to snapshot: Snapshot) throws {
        let end = try LogReader(database: self.database, path: self.path).endIndex()
        guard snapshot.index >= end.snapshot else {
            throw LogStoreError(
                .invalidWrite,
                "a snapshot at \(snapshot.index) would replace the newer one at \(end.snapshot)"
            )
        }
    }

    private func run(_ sql: String, _ arguments: StatementArguments) throws {
        try self.database.cachedStatement(sql: sql).execute(arguments: arguments)
    }
}
