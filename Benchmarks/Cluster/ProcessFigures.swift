import FoundationEssentials
import Glibc

/// What a process uses, as the kernel counts it.
struct ProcessFigures: Sendable {
    var residentBytes: Int
    /// Of these, what is no page of a file: what the process has written itself, and keeps from everybody else.
    var ownBytes: Int
    var cpuSeconds: Double

    init(of id: pid_t) throws {
        let memory = try Self.fields(of: "/proc/\(id)/statm")
        let status = try Self.text(of: "/proc/\(id)/stat")
        // Behind the name, which may hold anything and ends with the last bracket.
        let fields = (status.lastIndex(of: ")").map { status[status.index(after: $0)...] } ?? "").split(separator: " ")
        guard memory.count > 2, let pages = Int(memory[1]), let shared = Int(memory[2]), fields.count > 12,
            let user = Double(fields[11]),
            let system = Double(fields[12])
        else { throw BenchmarkError("/proc/\(id) is not understood") }
        self.residentBytes = pages * Int(getpagesize())
        self.ownBytes = (pages - shared) * Int(getpagesize())
        self.cpuSeconds = (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func fields(of path: String) throws -> [Substring] {
        try Self.text(of: path).split(separator: " ")
    }

    private static func text(of path: String) throws -> String {
        // Its size is said to be zero, so it is read until it ends.
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw BenchmarkError("\(path) cannot be read") }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1_024)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
}
