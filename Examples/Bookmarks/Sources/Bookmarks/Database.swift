import DependencyEngine
import GRDB

struct Bookmark: Codable, Sendable, Equatable, FetchableRecord, MutablePersistableRecord {
    static let databaseTableName = "bookmark"

    var id: Int64?
    var url: String
    var title: String

    mutating func didInsert(_ inserted: InsertionSuccess) {
        self.id = inserted.rowID
    }
}

/// What the rest of the server knows of the database.
struct BookmarkStore: Sendable {
    let queue: DatabaseQueue

    /// Opens or makes the database in `queue`.
    init(_ queue: DatabaseQueue) throws {
        self.queue = queue
        try queue.write { database in
            try database.create(table: Bookmark.databaseTableName, ifNotExists: true) { table in
                table.autoIncrementedPrimaryKey("id")
                table.column("url", .text).notNull()
                table.column("title", .text).notNull()
            }
        }
    }

    func all() async throws -> [Bookmark] {
        try await self.queue.read { try Bookmark.order(Column("id")).fetchAll($0) }
    }

    func add(_ bookmark: Bookmark) async throws -> Bookmark {
        try await self.queue.write { try bookmark.inserted($0) }
    }

    /// Keeps the oldest bookmark of each address; returns how many went.
    func removeDuplicates() async throws -> Int {
        try await self.queue.write { database in
            try database.execute(
                sql: "DELETE FROM bookmark WHERE id NOT IN (SELECT min(id) FROM bookmark GROUP BY url)"
            )
            return database.changesCount
        }
    }
}

extension Input where Self == Resource<BookmarkStore> {
    static var database: Self { .init("database") }
}

extension Manifold {
    /// Opens the database, and closes it when nobody uses it any more: the engine stops those who need it first.
    static var database: Manifold {
        Manifold(.database, needs: .databaseSettings) { settings in
            DatabaseWorker(store: try BookmarkStore(DatabaseQueue(path: settings.path)))
        } provides: {
            $0.store
        }
    }
}

private struct DatabaseWorker: Worker {
    let store: BookmarkStore

    func run(_ context: WorkerContext) async throws {
        await context.stop.wait()
        try self.store.queue.close()
    }
}
