import ArgumentParser

/// The agent's program.
@main
struct Holdfastd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfastd",
        abstract: "A controller that holds leadership leases through Raft.",
        subcommands: [Run.self, BootstrapCommand.self, Manifolds.self, Stamp.self]
    )
}
