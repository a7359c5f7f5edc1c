import ArgumentParser
import RPC

/// `holdfast engine plugins`.
struct EnginePlugins: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plugins",
        abstract: "List the plugins that were loaded, and why others were refused."
    )

    @OptionGroup var options: EngineOptions

    @concurrent
    func run() async throws {
        try await reporting {
            let (answer, asked) = try await self.options.ask("Plugins")
            self.options.print(answer, asked: asked, text: Self.table(answer))
            return ExitStatus.granted
        }
    }

    private static func table(_ answer: JSONValue) -> String {
        guard let directory = answer["directory"]?.string else { return "no plugin directory is configured" }
        var table = Table("PLUGIN", "STATE", "WORKERS OR REASON")
        for plugin in answer["loaded"]?.array ?? [] {
            let workers = plugin["manifolds"]?.array?.compactMap(\.string) ?? []
            table.add(plugin["name"]?.string ?? "", "loaded", workers.joined(separator: ", "))
        }
        for plugin in answer["refused"]?.array ?? [] {
            table.add(plugin["name"]?.string ?? "", "refused", plugin["reason"]?.string ?? "")
        }
        return "\(directory)\n\(table.text(bold: Terminal.hasColour))"
    }
}
