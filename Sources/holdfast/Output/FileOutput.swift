import ArgumentParser
import FoundationEssentials

/// Where a long answer goes: to standard output, or whole into a file.
struct FileOutput: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Write to this file instead of the terminal.", valueName: "file"))
    var output: String?

    func write(_ text: String) throws {
        guard let output = self.output else { return Swift.print(text, terminator: text.hasSuffix("\n") ? "" : "\n") }
        do { try Data(text.utf8).write(to: URL(filePath: output), options: .atomic) } catch {
            throw FileOutputError(description: "\(output) cannot be written: \(error)")
        }
    }
}

struct FileOutputError: Error, CustomStringConvertible {
    let description: String
}
