import ArgumentParser
import HoldfastClient

/// `holdfast lease revoke`.
struct Revoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Give a lease up, or as an operator take it.")

    @OptionGroup var options: LeaseOptions

    @Option(help: "Who gives it up; without it an operator takes it once the promised time has passed.")
    var holder: String?

    @Flag(help: "Take it at once; its holder may still believe in it.")
    var force = false

    @concurrent
    func run() async throws {
        try await reporting {
            let result = try await withClient { client in
                try await client.revoke(self.options.lease, holder: self.holder, force: self.force)
            }
            try self.options.common.print(LeaseAnswer(result)) { LeaseAnswer(result).text(done: "revoked") }
            return result.exitStatus
        }
    }
}
