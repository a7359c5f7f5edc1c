#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The file a log is in, before and after SQLite has it.
///
/// SQLite says "unable to open" to everything that can be wrong with a path; here each has its own sentence.
enum LogFile {
    static func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }

    static func requireDirectory(of path: String) throws(LogStoreError) {
        let directory = Self.directory(of: path)
        var status = stat()
        guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw LogStoreError(
                .missingDirectory,
                "the directory \(directory) does not exist: make it, or correct data-directory"
            )
        }
    }

    static func requireReadableAndWritable(_ path: String) throws(LogStoreError) {
        guard Self.exists(path) else {
            throw LogStoreError(
                .missingFile,
                "there is no log at \(path): bootstrap the cluster, or correct data-directory"
            )
        }
        guard access(path, R_OK | W_OK) == 0, access(Self.directory(of: path), R_OK | W_OK | X_OK) == 0 else {
            throw LogStoreError(
                .permission,
                "the log \(path) cannot be opened for reading and writing: give the agent's user both rights on it and "
                    + "on its directory"
            )
        }
    }

    /// Removes what an interrupted creation left.
    static func remove(_ path: String) throws(LogStoreError) {
        for name in [path, path + "-wal", path + "-shm", path + "-journal"] where unlink(name) != 0 && errno != ENOENT {
            throw LogStoreError(
                .permission,
                "\(name) cannot be removed (\(Self.reason())): give the agent's user rights on its directory"
            )
        }
    }

    /// Gives the finished file its name, durably.
    static func publish(_ unfinished: String, as path: String) throws(LogStoreError) {
        try Self.synchronize(unfinished)
        guard rename(unfinished, path) == 0 else {
            throw LogStoreError(.writeFailed, "\(path) cannot be made (\(Self.reason())): check the disk it is on")
        }
        try Self.synchronize(Self.directory(of: path))
    }

    private static func synchronize(_ path: String) throws(LogStoreError) {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        guard descriptor >= 0, fsync(descriptor) == 0 else {
            throw LogStoreError(
                .writeFailed,
                "\(path) cannot be made durable (\(Self.reason())): check the disk it is on"
            )
        }
    }

    private static func directory(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    private static func reason() -> String { String(cString: strerror(errno)) }
}
