import ArgumentParser
import ClusterIdentity
import DependencyEngine
import HoldfastAgent
import Logging

/// `holdfastd manifolds`: the graph of workers, without starting any.
struct Manifolds: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the graph of workers without starting them.")

    @Option(help: "dot or mermaid.")
    var format = "mermaid"

    @concurrent
    func run() async throws {
        guard let format = GraphFormat(rawValue: self.format) else {
            throw ValidationError("--format must be dot or mermaid")
        }
        let agent = try await Agent(
            configuration: AgentConfiguration(dataDirectory: ".", listen: HostAndPort("localhost:17070")),
            logger: Logger(label: "holdfastd")
        )
        print(await agent.engine.graph(format))
    }
}
