import ArgumentParser

/// `leaseclaimer`: load on a cluster's leases, and a verdict on whether it kept its promises.
@main
struct LeaseClaimer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leaseclaimer",
        abstract: "Let many contenders claim and keep leases, and count what goes wrong.",
        subcommands: [RunCommand.self, ReportCommand.self],
        defaultSubcommand: RunCommand.self
    )
}
