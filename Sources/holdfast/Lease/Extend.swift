import ArgumentParser
import CommandArguments
import HoldfastClient

/// `holdfast lease extend`.
struct Extend: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Hold a lease on; refused unless the holder asks.")

    @OptionGroup var options: LeaseOptions

    @OptionGroup var holding: HoldingOptions

    @OptionGroup var retry: RetryOptions

    @concurrent
    func run() async throws {
        try await reporting {
            let result = try await withClient { client in
                try await client.extend(
                    self.options.lease,
                    holder: self.holding.holder,
                    for: self.holding.duration.duration,
                    operation: self.retry.operationID
                )
            }
            try self.options.common.print(LeaseAnswer(result)) { LeaseAnswer(result).text(done: "extended for") }
            return result.exitStatus
        }
    }
}
