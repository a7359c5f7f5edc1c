import Glibc
import LoadReport

/// What the kernel tells of processes, read once a second.
struct ProcessSampler {
    private struct Watched {
        var totals: LoadResult.ProcessTotals
        var lastCPU: Double?
        var lastAt: Instant?
    }

    private var watched: [Watched]

    /// Watches this process and those named.
    init(pids: [Int]) {
        let own = Int(getpid())
        self.watched = ([own] + pids.filter { $0 != own }).map { pid in
            Watched(totals: LoadResult.ProcessTotals(pid: pid, name: Self.name(pid), isSelf: pid == own))
        }
    }

    /// What they use now; those that have ended are left out.
    mutating func sample(now: Instant) -> [LoadResult.ProcessSample] {
        var samples: [LoadResult.ProcessSample] = []
        for index in self.watched.indices {
            let pid = self.watched[index].totals.pid
            guard let resident = Self.residentBytes(pid), let cpu = Self.cpuSeconds(pid) else { continue }
            var percent = 0.0
            if let lastCPU = self.watched[index].lastCPU, let lastAt = self.watched[index].lastAt, now > lastAt {
                percent = (cpu - lastCPU) / (now - lastAt).inSeconds * 100
                self.watched[index].totals.cpuSeconds += cpu - lastCPU
            }
            self.watched[index].lastCPU = cpu
            self.watched[index].lastAt = now
            let highest = max(self.watched[index].totals.residentMaximumBytes, resident)
            self.watched[index].totals.residentMaximumBytes = highest
            samples.append(
                LoadResult.ProcessSample(
                    pid: pid,
                    residentBytes: resident,
                    cpuPercent: (percent * 10).rounded() / 10
                )
            )
        }
        return samples
    }

    /// Since the first sample.
    var totals: [LoadResult.ProcessTotals] { self.watched.map(\.totals) }

    // MARK: Reading

    static func residentBytes(_ pid: Int) -> Int? {
        guard let text = Self.read("/proc/\(pid)/statm") else { return nil }
        let fields = text.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else { return nil }
        return pages * Int(sysconf(Int32(_SC_PAGESIZE)))
    }

    /// In user and system mode together.
    static func cpuSeconds(_ pid: Int) -> Double? {
        // The name, in parentheses, may contain anything.
        guard let text = Self.read("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return nil }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private static func name(_ pid: Int) -> String {
        let text = Self.read("/proc/\(pid)/comm") ?? "process"
        return String(text.prefix { $0 != "\n" })
    }

    private static func read(_ path: String) -> String? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { _ = close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return nil }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
