import AgentResources
import FoundationEssentials
import Prometheus

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// This process as the kernel sees it, under the names every Prometheus client uses.
struct ProcessFigures: Sendable {
    /// Seconds of the Unix epoch.
    private let startTime = Self.startedAt()

    var families: [MetricFamily] {
        let memory = Self.memory()
        return [
            MetricFamily(
                "process_cpu_seconds",
                .counter,
                unit: .seconds,
                help: "Processor time spent, user and system.",
                samples: [MetricSample(real: Self.processorSeconds())]
            ),
            MetricFamily(
                "process_resident_memory_bytes",
                .gauge,
                unit: .bytes,
                help: "Memory in use.",
                samples: memory.map { [MetricSample(count: $0.resident)] } ?? []
            ),
            MetricFamily(
                "process_virtual_memory_bytes",
                .gauge,
                unit: .bytes,
                help: "Address space in use.",
                samples: memory.map { [MetricSample(count: $0.virtual)] } ?? []
            ),
            MetricFamily(
                "process_open_fds",
                .gauge,
                help: "Open file descriptors.",
                samples: Self.openDescriptors().map { [MetricSample(count: $0)] } ?? []
            ),
            MetricFamily(
                "process_max_fds",
                .gauge,
                help: "How many file descriptors may be open.",
                samples: Self.descriptorLimit().map { [MetricSample(real: $0)] } ?? []
            ),
            MetricFamily(
                "process_start_time_seconds",
                .gauge,
                unit: .seconds,
                help: "When the process began, in seconds of the Unix epoch.",
                samples: [MetricSample(real: self.startTime)]
            ),
        ]
    }

    // MARK: The kernel's answers

    private static func processorSeconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }

    private static func memory() -> (virtual: Int, resident: Int)? {
        let fields = Self.text(of: "/proc/self/statm").split(separator: " ")
        guard fields.count > 1, let virtual = Int(fields[0]), let resident = Int(fields[1]) else { return nil }
        return (virtual * Int(getpagesize()), resident * Int(getpagesize()))
    }

    /// Since Linux 6.2 the directory's size is their number; older kernels say 0, and counting thousands takes too long.
    private static func openDescriptors() -> Int? {
        let attributes = try? FileManager.default.attributesOfItem(atPath: "/proc/self/fd")
        // As text: beside the whole of Foundation it is an NSNumber, otherwise a number of Swift's.
        let count = attributes?[.size].flatMap { Int("\($0)") } ?? 0
        return count > 0 ? count : nil
    }

    private static func descriptorLimit() -> Double? {
        var limit = rlimit()
        #if canImport(Glibc)
            guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        #else
            guard getrlimit(RLIMIT_NOFILE, &limit) == 0 else { return nil }
        #endif
        return Double(limit.rlim_cur)
    }

    private static func startedAt() -> Double {
        var now = timespec()
        clock_gettime(CLOCK_REALTIME, &now)
        let seconds = Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
        // The 22nd field, in ticks since boot; the name in the second may hold anything but ends with the last bracket.
        let status = Self.text(of: "/proc/self/stat")
        let fields = (status.lastIndex(of: ")").map { status[status.index(after: $0)...] } ?? "").split(separator: " ")
        guard fields.count > 19, let ticks = Double(fields[19]) else { return seconds }
        let age = Duration.sinceBoot() - .seconds(ticks / Double(sysconf(Int32(_SC_CLK_TCK))))
        return seconds - Double(age.wholeMilliseconds) / 1_000
    }

    /// The beginning of a small file, whose size the kernel does not tell; empty when it cannot be read.
    private static func text(of path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 1_024)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self)
    }
}
