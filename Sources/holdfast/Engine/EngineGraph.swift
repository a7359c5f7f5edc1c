import ArgumentParser
import RPC

/// `holdfast engine graph`.
struct EngineGraph: AsyncParsableCommand {
    /// The picture's language; `--format` means this here, since the answer is text either way.
    enum Language: String, ExpressibleByArgument, CaseIterable {
        case mermaid
        case dot
        case svg
    }

    static let configuration = CommandConfiguration(
        commandName: "graph",
        abstract: "Draw who needs whom, with each worker's state; deferred needs are dashed."
    )

    @Option(help: "mermaid, dot, or svg for a browser.")
    var format: Language = .mermaid

    @Option(help: "A controller's id or address; the leader unless given.")
    var controller: String?

    @Option(help: "A local agent's engine.socket.")
    var socket: String?

    @OptionGroup var output: FileOutput

    func validate() throws {
        guard self.controller == nil || self.socket == nil else {
            throw ValidationError("--controller and --socket do not go together")
        }
    }

    @concurrent
    func run() async throws {
        try await reporting {
            let target = EngineTarget(controller: self.controller, socket: self.socket)
            let (answer, _) = try await target.ask("Graph", ["format": .string(self.format.rawValue)])
            try self.output.write(answer["text"]?.string ?? "")
            return ExitStatus.granted
        }
    }
}
