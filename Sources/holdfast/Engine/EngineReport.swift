import ArgumentParser
import RPC

/// `holdfast engine report`.
struct EngineReport: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "List the workers and how they are."
    )

    @OptionGroup var options: EngineOptions

    @concurrent
    func run() async throws {
        try await reporting {
            let (answer, asked) = try await self.options.ask("Report")
            self.options.print(answer, asked: asked, text: Self.table(answer))
            return ExitStatus.granted
        }
    }

    private static func table(_ report: JSONValue) -> String {
        var table = Table("WORKER", "STATE", "STARTS", "FAILURES", "NEXT TRY", "LAST ERROR, REASON OR DETAILS")
        for worker in report["manifolds"]?.array ?? [] {
            let name = worker["name"]?.string ?? ""
            let origin = worker["origin"]?.string ?? "built in"
            table.add(
                origin == "built in" ? name : "\(name) [\(origin)]",
                worker["state"]?.string ?? "",
                (worker["start-count"]?.int).map { "\($0)" } ?? "",
                (worker["failure-count"]?.int).map { "\($0)" } ?? "",
                (worker["retry-in-ms"]?.int).map(seconds) ?? "",
                worker["last-error"]?.string ?? worker["reason"]?.string ?? Self.details(worker)
            )
        }
        return table.text(bold: Terminal.hasColour)
    }

    /// What the worker says of itself.
    private static func details(_ worker: JSONValue) -> String {
        if let missing = worker["details-missing"]?.string { return missing }
        return (worker["details"]?.object ?? JSONObject()).map { "\($0.key) \($0.value.string ?? "")" }.sorted()
            .joined(separator: ", ")
    }
}
