import ArgumentParser
import RPC

/// `holdfast engine why`.
struct EngineWhy: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "why",
        abstract: "Say why a worker is not running, down to the root cause."
    )

    @Argument(help: "The worker's name.")
    var worker: String

    @OptionGroup var options: EngineOptions

    @concurrent
    func run() async throws {
        try await reporting {
            let (answer, asked) = try await self.options.ask("Why", ["name": .string(self.worker)])
            self.options.print(answer, asked: asked, text: answer["text"]?.string ?? "")
            return ExitStatus.granted
        }
    }
}
