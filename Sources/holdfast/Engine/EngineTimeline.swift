import ArgumentParser
import CommandArguments
import RPC

/// `holdfast engine timeline`.
struct EngineTimeline: AsyncParsableCommand {
    /// How the timeline is shown; `--format` means this here.
    enum Form: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
        case svg
    }

    /// Which part of it: `start`, `last`, `whole` or a length of time until now.
    struct Window: ExpressibleByArgument {
        static let start = Window(text: "start")

        var text: String

        private init(text: String) { self.text = text }

        init?(argument: String) {
            if ["start", "last", "whole"].contains(argument) {
                self.text = argument
            } else if let length = DurationArgument(argument: argument), length.milliseconds > 0 {
                self.text = "\(length.milliseconds)ms"
            } else {
                return nil
            }
        }

        var defaultValueDescription: String { self.text }
    }

    static let configuration = CommandConfiguration(
        commandName: "timeline",
        abstract:
            "Show what the workers did and when, what a start or a bounce waited for, and who takes long to start."
    )

    @Option(help: "start (the first one), last (the last bounce), whole, or a length of time until now such as 30s.")
    var window = Window.start

    @Option(help: "text for people, json for programs, svg for a browser.")
    var format: Form = .text

    @OptionGroup var address: EngineAddress

    @OptionGroup var output: FileOutput

    @concurrent
    func run() async throws {
        try await reporting {
            let (answer, asked) = try await self.address.ask(
                "Timeline",
                ["window": .string(self.window.text), "format": self.format == .svg ? "svg" : "json"]
            )
            switch self.format {
            case .text: try self.output.write("\(asked)\n\(answer["text"]?.string ?? "")")
            case .json: try self.output.write((answer["timeline"] ?? [:]).description)
            case .svg: try self.output.write(answer["text"]?.string ?? "")
            }
            return ExitStatus.granted
        }
    }
}
