import ArgumentParser
import EnginePlugins
import HoldfastAgent

/// `holdfastd plugin-stamp`: what a plugin must have been built for.
struct Stamp: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugin-stamp",
        abstract: "Print the stamp that plugins for this build carry.",
        discussion: "Scripts/plugin-sdk writes it into the SDK that plugins are built with."
    )

    func run() throws {
        do throws(PluginHostError) { print(try PluginHost.current().stamp.text) } catch {
            AgentProcess.complain(error.description)
            throw ExitCode(1)
        }
    }
}
