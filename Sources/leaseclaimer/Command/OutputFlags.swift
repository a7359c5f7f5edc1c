import ArgumentParser
import FoundationEssentials
import LoadReport
import Plots

/// What becomes of the results.
struct OutputFlags: ParsableArguments {
    @Option(help: "text or json.")
    var format = OutputFormat.text

    @Option(name: .shortAndLong, help: "A file for the results as JSON as well.")
    var output: String?

    @Option(help: "A file for a page with pictures as well.")
    var report: String?

    @Option(help: "What the run is called in tables and legends.")
    var label = ""

    @Option(help: "quiet or verbose: a line for everything that happens to a holder.")
    var lines: LineWriter.Form?

    @Option(help: "Processes to watch, such as 123,124,125: their memory and processor time go into the results.")
    var watchPids: PidsArgument?

    var watched: [Int] { self.watchPids?.pids ?? [] }

    /// Prints the results and writes the files.
    ///
    /// - Throws: a file that cannot be written.
    func write(_ result: LoadResult) throws {
        let json = try result.json()
        if let output = self.output { try json.write(to: URL(filePath: output)) }
        if let report = self.report {
            let title = result.label.isEmpty ? "Lease load" : result.label
            let page = ResultPage(title, results: [result]).page
            try Data(page.html.utf8).write(to: URL(filePath: report))
        }
        switch self.format {
        case .text: print(ResultTable(result: result).text)
        case .json: print(String(decoding: json, as: UTF8.self))
        }
    }
}

extension LineWriter.Form: ExpressibleByArgument {}

/// Process ids, separated by commas.
struct PidsArgument: ExpressibleByArgument, Sendable, Hashable {
    var pids: [Int]

    init?(argument: String) {
        var pids: [Int] = []
        for part in argument.split(separator: ",", omittingEmptySubsequences: false) {
            guard let pid = Int(part), pid > 0, pid <= Int(Int32.max) else { return nil }
            pids.append(pid)
        }
        guard pids.count <= 64 else { return nil }
        self.pids = pids
    }
}
