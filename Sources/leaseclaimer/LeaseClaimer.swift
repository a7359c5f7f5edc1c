import ArgumentParser
import HoldfastClient

/// `leaseclaimer`: many contenders on few leases, and a verdict on whether the cluster kept its promises.
@main
struct LeaseClaimer: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "leaseclaimer",
        abstract: "Let many contenders claim and keep leases, and count what goes wrong.",
        discussion: """
            Works on the cluster HOLDFAST_CONFIG names, through all of its controllers. Every contender claims its
            lease; who is granted it extends it until the end, who is denied it waits for its release. Renewals are
            spread over the renew time, so that the longest gap between two grants shows how long nothing was served.

            Exits 0 when no lease was lost, no extension failed and none was held by two; 1 otherwise.
            """
    )

    @Option(help: "How many leases.")
    var leases = 40

    @Option(help: "How many contenders for each lease.")
    var contenders = 3

    @Option(help: "For how long to claim and extend a lease.")
    var claimTime = DurationArgument(milliseconds: 10_000)

    @Option(help: "How often a holder extends. (default: half the claim time)")
    var renewTime: DurationArgument?

    @Option(name: .customLong("for"), help: "How long to run.")
    var runTime = DurationArgument(milliseconds: 60_000)

    @Option(help: "per-contender, or shared: one connection a controller for all.")
    var connections = ConnectionSharing.perContender

    @Option(
        help:
            "The names of the leases begin so: give several processes the same to contend. (default: another each run)"
    )
    var prefix: String?

    @Flag(help: "Give the leases back at the end.")
    var revoke = false

    @Option(help: "text or json.")
    var format = OutputFormat.text

    mutating func validate() throws {
        let renewTime = self.renewDuration
        guard (1...1_000_000).contains(self.leases) else { throw ValidationError("--leases must be 1 to 1000000") }
        guard (1...1_000).contains(self.contenders) else { throw ValidationError("--contenders must be 1 to 1000") }
        guard (2_000...86_400_000).contains(self.claimTime.milliseconds) else {
            throw ValidationError("--claim-time must be 2s to 24h: shorter leases are refused")
        }
        let safeTime = SafeTime.of(self.claimTime.duration)
        guard renewTime >= .milliseconds(100), renewTime < safeTime else {
            throw ValidationError(
                "--renew-time must be 100ms or more and less than \(safeTime.wholeMilliseconds)ms, for which a holder may"
                    + " trust a lease of \(self.claimTime.text)"
            )
        }
        guard self.runTime.milliseconds > 0 else { throw ValidationError("--for must be more than nothing") }
        guard (1...200).contains(self.prefix?.utf8.count ?? 1) else {
            throw ValidationError("--prefix must be 1 to 200 bytes")
        }
    }

    @concurrent
    func run() async throws {
        let result: LoadResult
        do {
            let configuration = try ClientConfiguration.loadFromEnvironment()
            Interruption.listen()
            result = try await self.load(configuration)
        } catch {
            Terminal.complain("\(error)")
            throw ExitCode(1)
        }
        switch self.format {
        case .text: print(ResultTable(result: result).text)
        case .json: print(try ResultDocument(result).json())
        }
        guard result.statistics.isClean else { throw ExitCode(1) }
    }

    private func load(_ configuration: ClientConfiguration) async throws -> LoadResult {
        let runID = String(UInt32.random(in: .min ... .max), radix: 16)
        let options = LoadOptions(
            leases: self.leases,
            contenders: self.contenders,
            plan: ContenderPlan(
                claimTime: self.claimTime.duration,
                renewTime: self.renewDuration,
                revokesAtEnd: self.revoke
            ),
            duration: self.runTime.duration,
            sharing: self.connections,
            prefix: self.prefix ?? "leaseclaimer-\(runID)",
            runID: runID
        )
        let isWatched = Terminal.isWatched
        let run = LoadRun(options: options, configuration: configuration) { elapsed, statistics in
            if isWatched { ProgressLine.show(elapsed, statistics) }
        }
        defer { if isWatched { ProgressLine.clear() } }
        return try await run.run()
    }

    private var renewDuration: Duration { self.renewTime?.duration ?? self.claimTime.duration / 2 }
}
