import ArgumentParser
import HoldfastClient

/// `holdfast lease list`.
struct List: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "List held leases, a page at a time.")

    @Option(help: "Only this namespace; all unless given.")
    var namespace: String?

    @Option(help: "Only this model; the configuration's unless given.")
    var model: String?

    @Option(help: "Only names that begin so.")
    var prefix = ""

    @Option(help: "At most so many, from 1 to 10000.")
    var limit = 1_000

    @Option(help: "Only names after this one, for the next page; goes with --namespace.")
    var after: String?

    @OptionGroup var common: CommonOptions

    private struct Answer: Encodable {
        var leases: [LeaseStatusAnswer]
        var more: Bool
    }

    func validate() throws {
        guard self.after == nil || self.namespace != nil else { throw ValidationError("--after goes with --namespace") }
    }

    @concurrent
    func run() async throws {
        try await reporting {
            let page = try await withClient { client in
                try await client.list(
                    ListQuery(
                        namespace: self.namespace,
                        model: self.model,
                        prefix: self.prefix,
                        limit: self.limit,
                        after: self.after.map { Lease($0, namespace: self.namespace ?? "lease", model: self.model) }
                    )
                )
            }
            let answer = Answer(leases: page.leases.map(LeaseStatusAnswer.init), more: page.more)
            try self.common.print(answer) { self.table(answer) }
            return ExitStatus.granted
        }
    }

    private func table(_ answer: Answer) -> String {
        var table = Table("NAMESPACE", "LEASE", "HOLDER", "TOKEN", "LEFT")
        for lease in answer.leases {
            table.add(
                lease.namespace,
                lease.lease,
                lease.holder ?? "",
                lease.token.map(String.init) ?? "",
                lease.isPinned ? "pinned" : lease.expiresIn.map(seconds) ?? ""
            )
        }
        let more = answer.more ? "\nthere are more: ask again with --after \(answer.leases.last?.lease ?? "")" : ""
        return table.text(bold: Terminal.hasColour) + more
    }
}
