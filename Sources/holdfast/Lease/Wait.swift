import ArgumentParser
import CommandArguments
import HoldfastClient

/// `holdfast lease wait`.
struct Wait: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Wait until nobody holds a lease.",
        discussion: "Exit status 0 once it is free, 3 if it is still held when the time is over."
    )

    @OptionGroup var options: LeaseOptions

    @Option(help: "How long at most, up to 1h.")
    var timeout = DurationArgument(milliseconds: 3_600_000)

    private struct Answer: Encodable {
        var lease: String
        var outcome: String
    }

    @concurrent
    func run() async throws {
        try await reporting {
            let free = try await withClient { client in
                try await client.wait(self.options.lease, timeout: self.timeout.duration)
            }
            let answer = Answer(lease: self.options.name, outcome: free ? "free" : "held")
            try self.options.common.print(answer) { "\(answer.lease): \(answer.outcome)" }
            return free ? ExitStatus.granted : ExitStatus.held
        }
    }
}
