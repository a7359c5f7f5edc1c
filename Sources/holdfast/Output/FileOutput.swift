import ArgumentParser
import FoundationEssentials
import Glibc

/// Where a long answer goes: to standard output, or whole into a file.
struct FileOutput: ParsableArguments {
    @Option(name: .long, help: ArgumentHelp("Write to this file instead of the terminal.", valueName: "file"))
    var output: String?

    func write(_ text: String) throws {
        guard let output = self.output else { return Swift.print(text, terminator: text.hasSuffix("\n") ? "" : "\n") }
        do { try Data(text.utf8).write(to: URL(filePath: output), options: .atomic) } catch {
            let cause = (error as? CocoaError)?.underlying as? POSIXError
            let why = cause.map { " (\(String(cString: strerror($0.code.rawValue))))" } ?? ""
            throw FileOutputError(
                description: "\(output) cannot be written\(why): name a file in a directory that you may write to"
            )
        }
    }
}

struct FileOutputError: Error, CustomStringConvertible {
    let description: String
}
