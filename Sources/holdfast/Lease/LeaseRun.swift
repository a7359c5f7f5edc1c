import ArgumentParser
import CommandArguments
import Glibc
import HoldfastClient

/// `holdfast lease run`: a command that runs only while its lease is held.
struct LeaseRun: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Run a command while holding a lease.",
        discussion: """
            Waits for the lease, runs the command with HOLDFAST_TOKEN and HOLDFAST_LEASE in its environment, and renews. The
            command is ended (SIGTERM, then SIGKILL) before the lease could be another's, and it dies with holdfast.

            Exit status: the command's own, 128 + signal if one ended it, 75 when the lease was lost, 3 with --no-wait when
            another holds it.
            """
    )

    @OptionGroup var options: LeaseOptions

    @OptionGroup var holding: HoldingOptions

    @Flag(help: "Give up at once, with exit status 3, when another holds the lease.")
    var noWait = false

    @Argument(parsing: .postTerminator, help: ArgumentHelp("What to run.", valueName: "CMD"))
    var command: [String] = []

    func validate() throws {
        guard !self.command.isEmpty else { throw ValidationError("name a command after --") }
    }

    @concurrent
    func run() async throws {
        try await reporting {
            do {
                return try await withClient { client in
                    try await client.withLease(
                        self.options.lease,
                        holder: self.holding.holder,
                        for: self.holding.duration.duration,
                        waiting: self.noWait ? .zero : nil
                    ) { held in
                        try await Self.runCommand(self.command, holding: held)
                    }
                }
            } catch let error as LeaseClientError where error.code == .leaseLost {
                Terminal.complain("\(error.message); the command was ended")
                return ExitStatus.lost
            } catch let error as LeaseClientError where error.code == .leaseHeld {
                Terminal.complain(error.message)
                return ExitStatus.held
            }
        }
    }

    /// Runs the command to its end, or ends it when this task is cancelled because the lease is running out.
    private static func runCommand(_ command: [String], holding held: HeldLease) async throws -> Int32 {
        let process = try await BoundProcess.spawn(
            command,
            environment: ["HOLDFAST_TOKEN": String(held.token), "HOLDFAST_LEASE": held.lease.name]
        )
        let forwarding = SignalForwarding(to: process)
        defer { forwarding.stop() }
        let end = await withTaskCancellationHandler {
            await process.wait()
        } onCancel: {
            process.end(before: held.safeUntil - Self.killMargin)
        }
        return end.shellStatus
    }

    /// What is kept free between SIGKILL and the last safe instant.
    private static let killMargin = Duration.milliseconds(200)
}
