#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// Why the agent's state directory cannot be used.
struct DataDirectoryError: Error, CustomStringConvertible {
    enum Code: Sendable { case missing, noPermission, inUse, failed }

    var code: Code
    var description: String
}

/// An exclusive lock on a directory, held until `release` or the process ends, however it ends.
final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// Takes the lock or throws at once; the file `lock` then holds our process id, for whoever finds it taken.
    init(directory: String) throws(DataDirectoryError) {
        var status = stat()
        guard stat(directory, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else {
            throw DataDirectoryError(
                code: .missing,
                description: "\(directory) is not a directory: make a cluster with 'holdfastd bootstrap'"
            )
        }
        let path = "\(directory)/lock"
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw DataDirectoryError(
                code: errno == EACCES || errno == EPERM || errno == EROFS ? .noPermission : .failed,
                description:
                    "\(path) cannot be opened (\(String(cString: strerror(errno)))): make \(directory) writable "
                    + "for the agent's user"
            )
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            var text = [UInt8](repeating: 0, count: 32)
            let count = max(0, pread(descriptor, &text, text.count, 0))
            let owner = String(decoding: text.prefix(count).prefix { $0 != 10 }, as: UTF8.self)
            close(descriptor)
            throw DataDirectoryError(
                code: .inUse,
                description:
                    "\(directory) is in use by another agent\(owner.isEmpty ? "" : " (process \(owner))"): stop "
                    + "it first, or give this agent a directory of its own"
            )
        }
        let text = Array("\(getpid())\n".utf8)
        ftruncate(descriptor, 0)
        pwrite(descriptor, text, text.count, 0)
        self.descriptor = descriptor
    }

    /// Lets the directory go; called once.
    func release() { close(self.descriptor) }
}
