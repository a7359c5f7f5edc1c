import CProcess
import Dispatch
import Glibc

/// A child process that cannot outlive this one: the kernel kills it when the thread that started it ends.
struct BoundProcess: Sendable {
    /// How a process ended.
    enum End: Sendable, Hashable {
        case exited(Int32)
        case killed(bySignal: Int32)

        /// The status a shell would give it.
        var shellStatus: Int32 {
            switch self {
            case .exited(let status): status
            case .killed(let signal): 128 + signal
            }
        }
    }

    struct SpawnError: Error, CustomStringConvertible {
        var description: String
    }

    let id: pid_t

    /// Starts `command` with `environment` added to our own.
    ///
    /// On the main thread, since that is the one thread sure to live as long as the process does.
    @MainActor
    static func spawn(_ command: [String], environment: [String: String]) throws -> BoundProcess {
        for (name, value) in environment { setenv(name, value, 1) }
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        let id = arguments.withUnsafeBufferPointer { holdfast_spawn_bound($0.baseAddress) }
        guard id > 0 else {
            throw SpawnError(description: "cannot start \(command[0]): \(String(cString: strerror(errno)))")
        }
        return BoundProcess(id: id)
    }

    /// Waits for the end, on a thread that may block.
    func wait() async -> End {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var status: Int32 = 0
                while waitpid(self.id, &status, 0) < 0, errno == EINTR {}
                let signal = status & 0x7F
                continuation.resume(returning: signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(bySignal: signal))
            }
        }
    }

    func send(_ signal: Int32) { kill(self.id, signal) }

    /// Asks the process to end now, and kills it at `deadline` at the latest.
    func end(before deadline: ContinuousClock.Instant) {
        self.send(SIGTERM)
        let left = max(.zero, deadline - .now)
        // A dispatch timer and not a task: it must fire however busy the cooperative pool is.
        DispatchQueue.global().asyncAfter(deadline: .now() + .milliseconds(Int(milliseconds(left)))) {
            self.send(SIGKILL)
        }
    }
}
