import ArgumentParser
import ClusterIdentity
import DependencyEngine
import HoldfastAgent
import Logging

/// `holdfastd manifolds`: the graph of workers, without starting any.
struct Manifolds: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print the graph of workers without starting them.",
        discussion: "With --config the plugins of its plugin directory are loaded too, which runs their entry points."
    )

    @Option(help: ArgumentHelp("The language of the drawing.", valueName: GraphFormat.names))
    var format = "mermaid"

    @Option(help: "The agent's configuration; its plugins are drawn too.")
    var config: String?

    @concurrent
    func run() async throws {
        guard let format = GraphFormat(rawValue: self.format) else {
            throw ValidationError("--format must be one of \(GraphFormat.names)")
        }
        do {
            let configuration =
                try self.config.map { try AgentConfiguration.load(path: $0) }
                ?? AgentConfiguration(dataDirectory: ".", listen: HostAndPort("localhost:17070"))
            let logger = Logger(label: "holdfastd") { StreamLogHandler.standardError(label: $0) }
            print(try await Agent(configuration: configuration, logger: logger).engine.graph(format))
        } catch let error as ConfigurationError {
            AgentProcess.complain(error.description)
            throw ExitCode(78)
        }
    }
}

extension GraphFormat {
    fileprivate static var names: String { Self.allCases.map(\.rawValue).joined(separator: ", ") }
}
