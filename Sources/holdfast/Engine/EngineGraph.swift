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

    @OptionGroup var address: EngineAddress

    @OptionGroup var output: FileOutput

    @concurrent
    func run() async throws {
        try await reporting {
            let (answer, _) = try await self.address.ask("Graph", ["format": .string(self.format.rawValue)])
            try self.output.write(answer["text"]?.string ?? "")
            return ExitStatus.granted
        }
    }
}
