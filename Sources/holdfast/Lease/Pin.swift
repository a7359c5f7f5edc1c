import ArgumentParser
import HoldfastClient

/// `holdfast lease pin`.
struct Pin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Keep a lease from expiring.")

    @OptionGroup var options: LeaseOptions

    @Option(help: "Who pins; your account unless given.")
    var entity: String?

    @concurrent
    func run() async throws {
        try await reporting {
            let result = try await withClient { client in
                try await client.pin(self.options.lease, entity: self.entity)
            }
            try self.options.common.print(LeaseAnswer(result)) { LeaseAnswer(result).text(done: "pinned") }
            return result.exitStatus
        }
    }
}
