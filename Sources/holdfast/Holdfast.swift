import ArgumentParser

/// The command for people and scripts.
@main
struct Holdfast: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "holdfast",
        abstract: "Hold leadership leases, and see how the controllers are.",
        discussion: "HOLDFAST_CONFIG names the client configuration that 'holdfastd bootstrap' wrote.",
        subcommands: [LeaseCommand.self, StatusCommand.self, EngineCommand.self]
    )
}
