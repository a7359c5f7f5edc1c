import ArgumentParser
import HoldfastClient

/// `holdfast lease unpin`.
struct Unpin: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Let a lease expire again.")

    @OptionGroup var options: LeaseOptions

    @Option(help: "Whose pin goes; your account's unless given.")
    var entity: String?

    @Flag(help: "As an operator, take every pin away.")
    var force = false

    @concurrent
    func run() async throws {
        try await reporting {
            let result = try await withClient { client in
                try await client.unpin(self.options.lease, entity: self.entity, force: self.force)
            }
            try self.options.common.print(LeaseAnswer(result)) { LeaseAnswer(result).text(done: "unpinned") }
            return result.exitStatus
        }
    }
}
