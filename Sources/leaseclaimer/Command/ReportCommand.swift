import ArgumentParser
import FoundationEssentials
import LoadReport
import Plots

/// `leaseclaimer report`: a page of results that were kept.
struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Make a page of one run's results, or of several beside each other."
    )

    @Argument(help: "Files written with --output.", completion: .file(extensions: ["json"]))
    var results: [String]

    @Option(name: .shortAndLong, help: "The page.")
    var output: String

    @Option(help: "Its title.")
    var title = "Lease load"

    func run() throws {
        do {
            let results = try self.results.map { path in
                var result = try LoadResult(json: Data(contentsOf: URL(filePath: path)))
                if result.label.isEmpty { result.label = URL(filePath: path).deletingPathExtension().lastPathComponent }
                return result
            }
            let page = ResultPage(self.title, results: results).page
            try Data(page.html.utf8).write(to: URL(filePath: self.output))
        } catch {
            Terminal.complain("\(error)")
            throw ExitCode(1)
        }
    }
}
