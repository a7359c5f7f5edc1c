#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where plugins are looked for: the files `*.so` of one directory, none of its subdirectories.
public struct PluginDirectory: Sendable, Hashable {
    /// Path of the directory.
    public var path: String

    /// Names a directory.
    public init(path: String) {
        self.path = path
    }

    /// The most plugins a directory may hold.
    public static let largestCount = 64

    /// The names of its plugins, sorted. What they are is looked at when each is loaded.
    public func plugins() throws(PluginDirectoryError) -> [String] {
        try self.resolved().list()
    }

    /// The directory itself, behind any links, once it is certain that nobody but us and root can change what is in it
    /// or put another one in its place.
    func resolved() throws(PluginDirectoryError) -> PluginDirectory {
        guard let real = realpath(self.path, nil) else {
            throw errno == ENOENT ? .missing(path: self.path) : .unreadable(path: self.path, errno: errno)
        }
        defer { free(real) }
        let resolved = PluginDirectory(path: String(cString: real))
        guard try resolved.status().st_mode & S_IFMT == S_IFDIR else { throw .notADirectory(path: self.path) }
        try resolved.check()
        return resolved
    }

    func list() throws(PluginDirectoryError) -> [String] {
        guard let directory = opendir(self.path) else { throw .unreadable(path: self.path, errno: errno) }
        defer { closedir(directory) }
        var names: [String] = []
        while let entry = readdir(directory) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard name.hasSuffix(".so"), !name.hasPrefix(".") else { continue }
            names.append(name)
            // What lies there is not ours to bound, but what we do with it is.
            guard names.count <= Self.largestCount else { throw .tooMany(path: self.path, limit: Self.largestCount) }
        }
        return names.sorted()
    }

    private func check() throws(PluginDirectoryError) {
        if let who = FileOwner.stranger(who: try self.status()) { throw .writableByOthers(path: self.path, who) }
        var above = self
        while above.path != "/" {
            above.path = above.path.lastIndex(of: "/").map { String(above.path[..<$0]) } ?? ""
            if above.path.isEmpty { above.path = "/" }
            var status = try above.status()
            // There everybody may write, but nobody may touch what is another's.
            if status.st_mode & S_ISVTX != 0 { status.st_mode &= ~(S_IWGRP | S_IWOTH) }
            if let who = FileOwner.stranger(who: status) { throw .writableByOthers(path: above.path, who) }
        }
    }

    private func status() throws(PluginDirectoryError) -> stat {
        var status = stat()
        guard stat(self.path, &status) == 0 else { throw .unreadable(path: self.path, errno: errno) }
        return status
    }
}

/// Who but us and root can write a file.
enum FileOwner {
    /// Nil when nobody; else one clause that says who.
    static func stranger(who status: stat) -> String? {
        if status.st_uid != 0, status.st_uid != geteuid() { return "belongs to user \(status.st_uid)" }
        if status.st_mode & S_IWOTH != 0 { return "may be written by everybody" }
        if status.st_mode & S_IWGRP != 0 { return "may be written by group \(status.st_gid)" }
        return nil
    }
}

/// Why a directory's plugins were not looked at.
public enum PluginDirectoryError: Error, Sendable, Hashable, CustomStringConvertible {
    /// There is none.
    case missing(path: String)
    /// It is a file.
    case notADirectory(path: String)
    /// It cannot be listed.
    case unreadable(path: String, errno: Int32)
    /// Others could put code there; the text says who.
    case writableByOthers(path: String, String)
    /// More than `PluginDirectory.largestCount`.
    case tooMany(path: String, limit: Int)

    /// One sentence for a person, with what to do.
    public var description: String {
        switch self {
        case .missing(let path):
            "the plugin directory \(path) does not exist: make it, or take it out of the configuration"
        case .notADirectory(let path):
            "the plugin directory \(path) is not a directory: name the directory that the plugins are in"
        case .unreadable(let path, let code):
            "the plugin directory \(path) cannot be read (\(String(cString: strerror(code)))): check its permissions"
        case .writableByOthers(let path, let who):
            "the plugin directory \(path) \(who), who could run code here: give it to root and run chmod go-w \(path)"
        case .tooMany(let path, let limit):
            "the plugin directory \(path) holds more than \(limit) plugins: take some out"
        }
    }
}
