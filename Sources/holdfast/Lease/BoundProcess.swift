import CProcess
import Dispatch
import Glibc

/// A child process with a process group of its own that cannot outlive this one: the kernel kills it when the thread that
/// started it ends. (What the child itself started is ended with it, but not by our death.)
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
    private let ends: AsyncStream<End>

    /// Starts `command` with `environment` added to our own.
    ///
    /// A thread of its own starts the process and waits for it: the parent-death signal is bound to that thread, and any
    /// other, the main one included, may be retired while the process runs.
    static func spawn(_ command: [String], environment: [String: String]) async throws -> BoundProcess {
        for (name, value) in environment { setenv(name, value, 1) }
        let (ends, end) = AsyncStream.makeStream(of: End.self)
        let id = try await withCheckedThrowingContinuation { (started: CheckedContinuation<pid_t, any Error>) in
            startThread {
                let id = fork(command)
                guard id > 0 else {
                    let reason = String(cString: strerror(errno))
                    started.resume(throwing: SpawnError(description: "cannot start \(command[0]): \(reason)"))
                    return
                }
                started.resume(returning: id)
                end.yield(waitForEnd(of: id))
                end.finish()
            }
        }
        return BoundProcess(id: id, ends: ends)
    }

    /// Waits for the end; called once.
    func wait() async -> End {
        // Not cancelled with its task: whoever cancels ends the process, and that end is waited for.
        await Task { () -> End in
            for await end in self.ends { return end }
            return .exited(0)
        }.value
    }

    /// Sends a signal to the process and what it started.
    func send(_ signal: Int32) { kill(-self.id, signal) }

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

private func fork(_ command: [String]) -> pid_t {
    var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
    arguments.append(nil)
    defer { for argument in arguments { free(argument) } }
    return arguments.withUnsafeBufferPointer { holdfast_spawn_bound($0.baseAddress) }
}

private func waitForEnd(of id: pid_t) -> BoundProcess.End {
    var status: Int32 = 0
    while waitpid(id, &status, 0) < 0, errno == EINTR {}
    if tcgetpgrp(STDIN_FILENO) == id { holdfast_take_terminal() }
    let signal = status & 0x7F
    return signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(bySignal: signal)
}

/// Runs `body` on a new thread that ends with it.
private func startThread(_ body: @escaping @Sendable () -> Void) {
    final class Box: Sendable {
        let body: @Sendable () -> Void

        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }
    var thread = pthread_t()
    pthread_create(
        &thread,
        nil,
        { argument in
            if let argument { Unmanaged<Box>.fromOpaque(argument).takeRetainedValue().body() }
            return nil
        },
        Unmanaged.passRetained(Box(body)).toOpaque()
    )
    pthread_detach(thread)
}
