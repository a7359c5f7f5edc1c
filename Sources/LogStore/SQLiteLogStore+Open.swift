package import Consensus
import GRDB

extension SQLiteLogStore {
    /// Makes the log of a founding voter: term 1, no vote, and `configuration` as entry 1.
    ///
    /// Made under another name and renamed when durable, so that a crash leaves no half-made log. Throws when there is one.
    package static func create(
        path: String,
        clusterID: String,
        serverID: ServerID,
        configuration: ClusterConfiguration
    ) throws(LogStoreError) {
        try LogFile.requireDirectory(of: path)
        guard !LogFile.exists(path) else {
            throw LogStoreError(
                .alreadyExists,
                "there is a log at \(path) already: bootstrap into an empty data directory"
            )
        }
        let unfinished = path + ".new"
        do {
            try LogFile.remove(unfinished)
            let queue = try DatabaseQueue(path: unfinished, configuration: Self.settings(isNew: true))
            let store = SQLiteLogStore(path: unfinished, queue: queue)
            try LogSchema.migrator.migrate(queue)
            try store.inTransaction { writer throws in
                try writer.found(clusterID: clusterID, serverID: serverID, configuration: configuration)
            }
            try store.close()
            try LogFile.publish(unfinished, as: path)
        } catch {
            throw .translating(error, path: path)
        }
    }

    /// Opens the log of `serverID` in `clusterID`; refuses any other's, and changes nothing in one it refuses.
    package static func open(
        path: String,
        clusterID: String,
        serverID: ServerID
    ) throws(LogStoreError) -> SQLiteLogStore {
        try LogFile.requireDirectory(of: path)
        try LogFile.requireReadableAndWritable(path)
        do {
            let queue = try DatabaseQueue(path: path, configuration: Self.settings(isNew: false))
            let store = SQLiteLogStore(path: path, queue: queue)
            do {
                try queue.writeWithoutTransaction { database in
                    try LogReader(database: database, path: path).verify(clusterID: clusterID, serverID: serverID)
                }
                try LogSchema.migrator.migrate(queue)
                try queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA journal_mode = WAL") }
            } catch {
                try? store.close()
                throw error
            }
            return store
        } catch {
            throw .translating(error, path: path)
        }
    }

    private static func settings(isNew: Bool) -> Configuration {
        var settings = Configuration()
        settings.label = "raft-log"
        settings.foreignKeysEnabled = false
        settings.busyMode = .immediateError
        settings.prepareDatabase { database in
            // One process only, and no shared-memory file: nothing else may read a log that is being written.
            try database.execute(sql: "PRAGMA locking_mode = EXCLUSIVE")
            // A busy log's entries have a hundred kilobytes and more: four times larger pages are a quarter of the calls.
            if isNew { try database.execute(sql: "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL") }
            try database.execute(sql: "PRAGMA synchronous = FULL")
            // 16 MB between checkpoints, so that one is rare and the file is kept for the next ones.
            let pageSize = try Int.fetchOne(database, sql: "PRAGMA page_size") ?? 4_096
            try database.execute(sql: "PRAGMA wal_autocheckpoint = \((16 << 20) / pageSize)")
            try database.execute(sql: "PRAGMA journal_size_limit = 67108864")
        }
        return settings
    }
}
