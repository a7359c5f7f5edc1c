import ArgumentParser
import RPC

/// `holdfast engine impact`.
struct EngineImpact: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "impact",
        abstract: "Say what a bounce of a worker would stop and start, and for how long; nothing is done."
    )

    @Argument(help: "The worker's name.")
    var worker: String

    @OptionGroup var options: EngineOptions

    @concurrent
    func run() async throws {
        try await reporting {
            let (answer, asked) = try await self.options.ask("Impact", ["name": .string(self.worker)])
            self.options.print(answer, asked: asked, text: answer["text"]?.string ?? "")
            return ExitStatus.granted
        }
    }
}
