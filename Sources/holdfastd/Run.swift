import ArgumentParser
import HoldfastAgent

/// `holdfastd run`: one controller, until it is told to stop.
struct Run: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Run a controller until SIGTERM or SIGINT.")

    @Option(help: "The agent's configuration, a JSON file.")
    var config: String

    @concurrent
    func run() async throws {
        let status = await AgentProcess.run(configurationPath: self.config)
        guard status == 0 else { throw ExitCode(status) }
    }
}
