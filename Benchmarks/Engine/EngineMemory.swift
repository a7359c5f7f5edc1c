import FoundationEssentials
import Glibc

/// The memory of an engine, measured in a process of its own: in one that has measured before, what earlier engines left
/// behind hides what a new one takes.
struct EngineMemory {
    let runs: Int
    let children: ChildProcesses

    func measure() async throws -> [Figure] {
        var native: [Double] = []
        var hosted: [Double] = []
        for _ in 0..<self.runs {
            native.append(try await self.sample(.native))
            hosted.append(try await self.sample(.service))
        }
        return [
            Figure("engine.memory", unit: "bytes", native), Figure("engine.service-memory", unit: "bytes", hosted),
        ]
    }

    private func sample(_ kind: EngineBenchmark.Kind) async throws -> Double {
        let output = FileManager.default.temporaryDirectory.appending(path: "holdfast-bench-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: output) }
        let child = try await self.children.spawn(
            ["/proc/self/exe", "measure", "--probe-engine-memory", kind.rawValue],
            log: output
        )
        guard await self.children.status(of: child) == 0,
            let data = FileManager.default.contents(atPath: output),
            let bytes = Double(String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace })
        else { throw BenchmarkError("the process that measures the engine's memory failed") }
        return bytes
    }

    /// The resident size of this process.
    static func residentBytes() throws -> Int {
        guard let file = Self.text(of: "/proc/self/statm") else {
            throw BenchmarkError("/proc/self/statm cannot be read")
        }
        let fields = file.split(separator: " ")
        guard fields.count > 1, let pages = Int(fields[1]) else {
            throw BenchmarkError("/proc/self/statm is not understood")
        }
        return pages * Int(getpagesize())
    }

    private static func text(of path: String) -> String? {
        // Its size is said to be zero, so it is read until it ends.
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = read(descriptor, &bytes, bytes.count)
        return count > 0 ? String(decoding: bytes.prefix(count), as: UTF8.self) : nil
    }
}
