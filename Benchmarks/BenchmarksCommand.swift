import ArgumentParser

/// `benchmarks`: measures what the project promises numbers for.
@main
struct BenchmarksCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmarks",
        abstract: "Measure the engine and clusters on this machine.",
        subcommands: [MeasureCommand.self, JujuCommand.self],
        defaultSubcommand: MeasureCommand.self
    )
}
