import DependencyEngine
import FoundationEssentials
import Glibc
import Logging
import ServiceLifecycle
import Systemd
import UnixSignals

/// The agent as a process: its log, its signals, its exit status.
package enum AgentProcess {
    /// Runs the agent with the configuration at `path` to its end; returns the exit status.
    ///
    /// 0 after a requested stop, 1 when a failure ended the agent, 78 (EX_CONFIG) for a configuration it cannot use.
    package static func run(configurationPath path: String) async -> Int32 {
        let configuration: AgentConfiguration
        do throws(ConfigurationError) { configuration = try .load(path: path) } catch {
            self.complain(error.description)
            return EX_CONFIG
        }
        self.keepMemory()
        // What the agent writes holds secrets or others' leases.
        umask(0o077)
        let sink = LogSink(
            identifier: "holdfastd",
            destination: LogSink.detect(environment: ProcessInfo.processInfo.environment),
            level: configuration.logLevel
        )
        // The journal stops last: whatever ends the agent is written.
        defer { sink.flush() }
        LoggingSystem.bootstrap { ServiceLogHandler(label: $0, sink: sink) }
        let logger = Logger(label: "holdfastd")
        do {
            let agent = try await Agent(configuration: configuration, logger: logger)
            // The engine's own deadline (20 s) cuts a shutdown; the host only passes the signals on, once.
            let host = ServiceGroup(
                configuration: ServiceGroupConfiguration(
                    services: [
                        .init(
                            service: agent,
                            successTerminationBehavior: .gracefullyShutdownGroup,
                            failureTerminationBehavior: .cancelGroup
                        ),
                        .init(service: ConfigurationReloader(path: path, agent: agent, sink: sink, logger: logger)),
                    ],
                    gracefulShutdownSignals: [.sigterm, .sigint],
                    logger: logger
                )
            )
            try await host.run()
            logger.info("stopped")
            return 0
        } catch let error as ConfigurationError {
            logger.critical("\(error)")
            return EX_CONFIG
        } catch {
            logger.critical("the agent ended: \(error)")
            if case .budgetSpent(_, let code, _) = error as? EngineError { return code }
            return 1
        }
    }

    /// Lets the heap keep what is freed, to be used again.
    ///
    /// Tables of a few megabytes come and go with every snapshot and every growth. From the kernel each would be new
    /// pages, zeroed one by one on Raft's loop. Looked up because the C library's module does not declare it.
    private static func keepMemory() {
        guard let symbol = dlsym(nil, "mallopt") else { return }
        let mallopt = unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
        let (trimThreshold, mmapThreshold): (Int32, Int32) = (-1, -3)
        _ = mallopt(mmapThreshold, 32 << 20)
        _ = mallopt(trimThreshold, 512 << 20)
    }

    /// One sentence on standard error.
    package static func complain(_ sentence: String) {
        let line = Array("holdfastd: \(sentence)\n".utf8)
        _ = line.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
