import ArgumentParser
import HoldfastClient

/// `holdfast lease check`.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say who holds a lease.",
        discussion: """
            With --holder or --token: exit status 0 if that is the holder or the token now, 3 if it is not. Without: 0.
            """
    )

    @OptionGroup var options: LeaseOptions

    @Option(help: "Who should hold it.")
    var holder: String?

    @Option(help: "The fencing token that should be the present one.")
    var token: UInt64?

    @concurrent
    func run() async throws {
        try await reporting {
            let status = try await withClient { client in
                try await client.check(self.options.lease, holder: self.holder, token: self.token)
            }
            try self.options.common.print(LeaseStatusAnswer(status)) { LeaseStatusAnswer(status).text }
            let asked = self.holder != nil || self.token != nil
            return asked && !status.matches ? ExitStatus.held : ExitStatus.granted
        }
    }
}
