import Dispatch
import FoundationEssentials
import Glibc

/// The controllers this program started and the directories it made: none of them outlives it.
actor ChildProcesses {
    private var running: Set<pid_t> = []
    private var directories: Set<String> = []
    /// Only kept.
    private var signalSources: [any DispatchSourceSignal] = []

    /// Starts a program with its output going to the end of `log`.
    ///
    /// - Parameter environment: added to this program's own.
    func spawn(_ command: [String], log: String, environment: [String: String] = [:]) throws -> ChildProcess {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, log, O_WRONLY | O_CREAT | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        var arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) }
        arguments.append(nil)
        defer { for argument in arguments { free(argument) } }
        var id: pid_t = 0
        let inherited = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        var variables: [UnsafeMutablePointer<CChar>?] = inherited.map { strdup("\($0.key)=\($0.value)") }
        variables.append(nil)
        defer { for variable in variables { free(variable) } }
        let code = posix_spawn(&id, command[0], &actions, nil, arguments, variables)
        guard code == 0 else {
            throw BenchmarkError("cannot start \(command[0]): \(String(cString: strerror(code)))")
        }
        self.running.insert(id)
        return ChildProcess(id: id)
    }

    /// Sends a signal and waits for the end, which must come within `patience`, or signal 9 follows.
    func end(_ child: ChildProcess, with signal: Int32, patience: Duration = .seconds(10)) async {
        guard self.running.contains(child.id) else { return }
        kill(child.id, signal)
        let impatience = Task {
            try await Task.sleep(for: patience, clock: .continuous)
            kill(child.id, SIGKILL)
        }
        _ = await child.status()
        impatience.cancel()
        self.running.remove(child.id)
    }

    /// Waits for a child that ends by itself.
    func status(of child: ChildProcess) async -> Int32 {
        let status = await child.status()
        self.running.remove(child.id)
        return status
    }

    /// Makes a directory that goes with the children.
    func makeDirectory() throws -> String {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "holdfast-bench-\(UUID().uuidString.lowercased())").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        self.directories.insert(path)
        return path
    }

    func removeDirectory(_ path: String) {
        // What cannot be removed is left in a place for temporary things.
        if self.directories.remove(path) != nil { try? FileManager.default.removeItem(atPath: path) }
    }

    func killAll() async {
        for id in self.running { await self.end(ChildProcess(id: id), with: SIGKILL) }
    }

    /// Ctrl-C and SIGTERM take the children along.
    func endWithSignals() {
        for number in [SIGINT, SIGTERM] {
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            // Sendable, or it would claim to run on this actor, and a dispatch queue does not.
            let end: @Sendable () -> Void = {
                Task {
                    await self.killAll()
                    for path in await self.directories { await self.removeDirectory(path) }
                    exit(128 + number)
                }
            }
            source.setEventHandler(handler: end)
            source.resume()
            self.signalSources.append(source)
        }
    }
}

/// One program started here.
struct ChildProcess: Sendable, Hashable {
    let id: pid_t

    /// Waits for the end, on a thread that may block: 0 is success.
    func status() async -> Int32 {
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                var status: Int32 = 0
                while waitpid(self.id, &status, 0) < 0, errno == EINTR {}
                continuation.resume(returning: status)
            }
        }
    }
}
