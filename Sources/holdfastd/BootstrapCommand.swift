import ArgumentParser
import ClusterIdentity
import FoundationEssentials
import Glibc
import HoldfastAgent

/// `holdfastd bootstrap`: the files of a new cluster.
struct BootstrapCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bootstrap",
        abstract: "Make a new cluster of one, three or five controllers.",
        discussion: """
            Writes DIRECTORY/ID for each controller: copy it to its host and run 'holdfastd run --config
            DIRECTORY/ID/holdfastd.json' there. DIRECTORY/client.json is what HOLDFAST_CONFIG names for the
            administrator; DIRECTORY/authority signs certificates and belongs in a safe place.
            """
    )

    @Option(help: "Where to write; must not hold a cluster yet.")
    var directory: String

    @Option(name: .customLong("controller"), help: ArgumentHelp("A controller; repeat it.", valueName: "ID=HOST:PORT"))
    var controllers: [ControllerArgument]

    @Flag(help: "Allow 'holdfast engine fail' on these controllers; for tests and drills only.")
    var faultInjection = false

    @concurrent
    func run() async throws {
        umask(0o077)
        let bootstrap = Bootstrap(
            directory: URL(filePath: self.directory).standardizedFileURL.path,
            servers: self.controllers.map(\.server),
            faultInjection: self.faultInjection
        )
        do {
            try bootstrap.write()
        } catch {
            AgentProcess.complain("\(error)")
            throw ExitCode(1)
        }
        print("export HOLDFAST_CONFIG=\(bootstrap.clientFile)")
    }
}

/// `ID=HOST:PORT` on the command line.
struct ControllerArgument: ExpressibleByArgument {
    var server: ClusterServer

    init?(argument: String) {
        let parts = argument.split(separator: "=", maxSplits: 1)
        guard parts.count == 2, let id = UInt64(parts[0]), id > 0 else { return nil }
        self.server = ClusterServer(id: id, address: String(parts[1]))
    }
}
