import GRDB

extension LogStoreError {
    /// Says what SQLite's error means for the log at `path`.
    static func translating(_ error: any Error, path: String) -> LogStoreError {
        if let error = error as? LogStoreError { return error }
        guard let error = error as? DatabaseError else {
            // What is left are values that are not of the type the schema gives them.
            return .corrupt(path, "a stored value cannot be read", cause: error)
        }
        switch error.resultCode {
        case .SQLITE_FULL:
            return LogStoreError(
                .diskFull,
                "the disk that holds the log \(path) is full: make room on it; the agent goes on by itself",
                cause: error
            )
        case .SQLITE_BUSY, .SQLITE_LOCKED:
            return LogStoreError(
                .inUse,
                "the log \(path) is in use by another process: stop the other agent first",
                cause: error
            )
        case .SQLITE_PERM, .SQLITE_READONLY, .SQLITE_CANTOPEN, .SQLITE_AUTH:
            return LogStoreError(
                .permission,
                "the log \(path) cannot be opened for reading and writing: give the agent's user both rights on it and "
                    + "on its directory",
                cause: error
            )
        case .SQLITE_NOTADB:
            return .notALog(path, cause: error)
        case .SQLITE_CORRUPT:
            return .corrupt(path, "SQLite finds it malformed", cause: error)
        case .SQLITE_ERROR, .SQLITE_MISMATCH, .SQLITE_CONSTRAINT, .SQLITE_SCHEMA, .SQLITE_FORMAT:
            // Our own statements are right for our own schema, so the schema on disk is not what we wrote.
            return .corrupt(path, "its tables are not the ones written", cause: error)
        case .SQLITE_MISUSE:
            return LogStoreError(.closed, "the log \(path) is closed", cause: error)
        default:
            return LogStoreError(
                .writeFailed,
                "the log \(path) cannot be read or written: check the disk it is on",
                cause: error
            )
        }
    }

    /// The file is damaged: `what` says how it shows.
    static func corrupt(_ path: String, _ what: String, cause: (any Error)? = nil) -> LogStoreError {
        LogStoreError(
            .corrupt,
            "the log \(path) is damaged (\(what)); it was left as it is: check the disk, and let this controller join "
                + "again with an empty directory and a new id",
            cause: cause
        )
    }

    /// The file is not ours.
    static func notALog(_ path: String, cause: (any Error)? = nil) -> LogStoreError {
        LogStoreError(
            .notALog,
            "\(path) is not a Holdfast log: point data-directory to this controller's own directory, or bootstrap a new one",
            cause: cause
        )
    }
}
