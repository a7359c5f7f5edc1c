import ArgumentParser
import CommandArguments
import HoldfastClient

/// `holdfast lease claim`.
struct Claim: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Become a lease's holder, or stay it.")

    @OptionGroup var options: LeaseOptions

    @OptionGroup var holding: HoldingOptions

    @OptionGroup var retry: RetryOptions

    @concurrent
    func run() async throws {
        try await reporting {
            let result = try await withClient { client in
                try await client.claim(
                    self.options.lease,
                    holder: self.holding.holder,
                    for: self.holding.duration.duration,
                    operation: self.retry.operationID
                )
            }
            try self.options.common.print(LeaseAnswer(result)) { LeaseAnswer(result).text(done: "granted to") }
            return result.exitStatus
        }
    }
}
