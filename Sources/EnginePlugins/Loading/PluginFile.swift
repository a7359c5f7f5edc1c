#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A plugin's file, opened to be looked at before any of its code runs.
final class PluginFile {
    let size: Int
    private let descriptor: Int32

    /// Opens the file at `path` unless it is a link, is not a file, is too large, or can be changed by others.
    init(path: String, largest: Int) throws(PluginFileError) {
        let descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else {
            throw PluginFileError(errno == ELOOP ? .notAFile : .unreadable(String(cString: strerror(errno))))
        }
        self.descriptor = descriptor
        var status = stat()
        guard fstat(descriptor, &status) == 0 else {
            self.size = 0
            throw PluginFileError(.unreadable(String(cString: strerror(errno))))
        }
        self.size = Int(status.st_size)
        guard status.st_mode & S_IFMT == S_IFREG else { throw PluginFileError(.notAFile) }
        if let stranger = FileOwner.stranger(who: status) { throw PluginFileError(.writableByOthers(stranger)) }
        guard self.size <= largest else { throw PluginFileError(.tooLarge(bytes: self.size, limit: largest)) }
    }

    deinit {
        close(self.descriptor)
    }

    /// Its bytes, read when they are asked for.
    var bytes: ElfBytes {
        ElfBytes(count: self.size) { range in
            var bytes = [UInt8](repeating: 0, count: range.count)
            var filled = 0
            while filled < bytes.count {
                let got = bytes.withUnsafeMutableBytes { buffer in
                    pread(
                        self.descriptor,
                        buffer.baseAddress.map { $0 + filled },
                        buffer.count - filled,
                        range.lowerBound + filled
                    )
                }
                if got < 0, errno == EINTR { continue }
                guard got > 0 else { return nil }
                filled += got
            }
            return bytes
        }
    }
}

/// What is wrong with a file, before its name is known.
struct PluginFileError: Error {
    var reason: PluginRefusal.Reason

    init(_ reason: PluginRefusal.Reason) { self.reason = reason }
}
