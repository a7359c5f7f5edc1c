package import Consensus
import GRDB

/// A Raft log in one SQLite file.
///
/// WAL with `synchronous=FULL`: a call that returned is on the disk. Every call blocks its thread for as long as the disk
/// takes, so the shell gives the store a thread of its own. Safe to call from any thread, one call at a time.
package final class SQLiteLogStore: LogStore {
    /// Where the log is.
    package let path: String
    let queue: DatabaseQueue

    init(path: String, queue: DatabaseQueue) {
        self.path = path
        self.queue = queue
    }

    /// Lets go of the file; calls after it throw. Closing twice does nothing.
    package func close() throws(LogStoreError) {
        do {
            try self.queue.close()
        } catch {
            throw .translating(error, path: self.path)
        }
    }

    /// Everything the log holds, checked: checksums, contiguity, and that the log joins the snapshot.
    package func load() throws(LogStoreError) -> DurableState {
        try self.perform { database throws in
            try LogReader(database: database, path: self.path).durableState()
        }
    }

    /// Makes the term and the vote given in it durable, in a transaction of their own.
    package func saveTermAndVote(_ term: Term, _ votedFor: ServerID?) throws(LogStoreError) {
        try self.inTransaction { writer throws in try writer.save(term: term, vote: votedFor) }
    }

    /// Carries out `writes` in order, all or none, durable on return.
    package func write(_ writes: [LogWrite]) throws(LogStoreError) {
        try self.inTransaction { writer throws in
            for write in writes { try writer.perform(write) }
        }
    }

    func inTransaction(_ body: (LogWriter) throws -> Void) throws(LogStoreError) {
        try self.perform { database throws in
            try database.inTransaction(.immediate) {
                try body(LogWriter(database: database, path: self.path))
                return .commit
            }
        }
    }

    private func perform<Value>(_ body: (Database) throws -> Value) throws(LogStoreError) -> Value {
        do {
            return try self.queue.writeWithoutTransaction(body)
        } catch {
            throw .translating(error, path: self.path)
        }
    }
}
