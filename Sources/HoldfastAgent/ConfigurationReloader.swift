import AgentResources
import Logging
import ServiceLifecycle
import Systemd
import UnixSignals

/// Reads the configuration again at each SIGHUP; what can change while the agent runs does.
struct ConfigurationReloader: Service {
    let path: String
    let agent: Agent
    let sink: LogSink
    let logger: Logger

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sighup)
        for await _ in signals.cancelOnGracefulShutdown() { self.reload() }
    }

    private func reload() {
        let file: AgentConfiguration
        do throws(ConfigurationError) { file = try .load(path: self.path) } catch {
            self.logger.error("the configuration was not taken, and nothing changes: \(error)")
            return
        }
        let needsRestart = self.agent.reload(file)
        self.sink.level = file.logLevel
        self.logger.notice(
            "the configuration was read again",
            metadata: ["lease-transport": "\(file.leaseTransport.rawValue)", "log-level": "\(file.logLevel)"]
        )
        guard !needsRestart.isEmpty else { return }
        self.logger.warning(
            "changed in the configuration, and taken only by a restart of the agent",
            metadata: ["changed": "\(needsRestart.joined(separator: ", "))"]
        )
    }
}
