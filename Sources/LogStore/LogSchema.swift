import GRDB

/// The tables of a log and how older ones become the present ones.
///
/// `owner`: whose log it is. `vote`: the current term and the vote in it, one row. `entry`: the log. `snapshot`: the
/// newest one, one row. Each row but `owner`'s has a checksum over all it says, its index included.
enum LogSchema {
    /// "HFLG": tells our files from other programs' SQLite files.
    static let applicationID = 0x4846_4C47
    /// Written as `user_version`; a file with a larger one was made by a newer version.
    static let version = 1

    /// Brings an empty file, or one of an older version, to the present schema.
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("1") { database in
            try database.execute(
                sql: """
                    CREATE TABLE owner (
                        only INTEGER PRIMARY KEY CHECK (only = 1),
                        cluster TEXT NOT NULL,
                        server INTEGER NOT NULL
                    ) STRICT;
                    CREATE TABLE vote (
                        only INTEGER PRIMARY KEY CHECK (only = 1),
                        term INTEGER NOT NULL,
                        candidate INTEGER,
                        checksum INTEGER NOT NULL
                    ) STRICT;
                    CREATE TABLE entry (
                        position INTEGER PRIMARY KEY,
                        term INTEGER NOT NULL,
                        kind INTEGER NOT NULL,
                        payload BLOB NOT NULL,
                        checksum INTEGER NOT NULL
                    ) STRICT;
                    CREATE TABLE snapshot (
                        only INTEGER PRIMARY KEY CHECK (only = 1),
                        position INTEGER NOT NULL,
                        term INTEGER NOT NULL,
                        configuration BLOB NOT NULL,
                        configuration_position INTEGER NOT NULL,
                        data BLOB NOT NULL,
                        checksum INTEGER NOT NULL
                    ) STRICT;
                    PRAGMA application_id = \(Self.applicationID);
                    PRAGMA user_version = 1;
                    """
            )
        }
        return migrator
    }
}
