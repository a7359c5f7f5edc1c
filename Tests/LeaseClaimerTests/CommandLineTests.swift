import ArgumentParser
import FoundationEssentials
import HoldfastClient
import Testing

@testable import leaseclaimer

@Suite struct CommandLineTests {
    @Test(
        "durations are read as they are spoken",
        arguments: [("5s", 5_000), ("250ms", 250), ("1m30s", 90_000), ("1h", 3_600_000)]
    )
    func durations(text: String, milliseconds: Int64) {
        #expect(DurationArgument(argument: text)?.milliseconds == milliseconds)
    }

    @Test(
        "what is no duration is refused",
        arguments: ["", "5", "s", "-5s", "5 s", "1.5s", "5d", "99999999999h", "5s5"]
    )
    func noDurations(text: String) { #expect(DurationArgument(argument: text) == nil) }

    @Test("the acceptance run's command line is understood")
    func acceptance() throws {
        let command = try LeaseClaimer.parse([
            "--leases", "40", "--contenders", "3", "--claim-time", "5s", "--renew-time", "2s", "--for", "60s",
        ])
        #expect(command.leases == 40)
        #expect(command.claimTime.duration == .seconds(5))
        #expect(command.runTime.duration == .seconds(60))
        #expect(command.connections == .perContender)
    }

    @Test(
        "what cannot work is refused as wrong usage",
        arguments: [
            ["--leases", "0"], ["--contenders", "0"], ["--claim-time", "1s"],
            ["--claim-time", "5s", "--renew-time", "4700ms"], ["--renew-time", "0s"], ["--for", "0s"],
            ["--connections", "none"], ["--format", "xml"], ["--prefix", ""], ["--unknown"],
        ]
    )
    func wrongUsage(arguments: [String]) {
        let error = #expect(throws: (any Error).self) { _ = try LeaseClaimer.parse(arguments) }
        #expect(error.map { LeaseClaimer.exitCode(for: $0).rawValue } == 64)
    }

    @Test("the table and the document say the same of a run")
    func output() throws {
        let start = ContinuousClock.now
        var statistics = Statistics(startingAt: start)
        let granted = ContenderNote.granted(token: 1, safeUntil: start + .seconds(5))
        statistics.record(granted, lease: 0, contender: 0, now: start + .milliseconds(1_420))
        statistics.record(.failed(.extend, reason: "try-again"), lease: 0, contender: 0, now: start)
        statistics.record(LatencySample(operation: .claim, outcome: "granted", duration: .milliseconds(3)))
        let plan = ContenderPlan(claimTime: .seconds(5), renewTime: .seconds(2))
        let options = LoadOptions(
            leases: 40,
            contenders: 3,
            plan: plan,
            duration: .seconds(60),
            sharing: .shared,
            prefix: "p",
            runID: "r"
        )
        let result = LoadResult(
            options: options,
            controllers: 3,
            start: start,
            elapsed: .seconds(60),
            statistics: statistics
        )
        let lines = ResultTable(result: result).text.split(separator: "\n").map(String.init)
        #expect(lines.contains("held                 1"))
        #expect(lines.contains("held by two          0"))
        #expect(lines.contains("longest gap          1.42 s, ended 1.42 s after the start"))
        #expect(lines.contains("extend: try-again  1"))
        let json = try ResultDocument(result).json()
        #expect(json.contains("\"longest-gap-ms\" : 1420"))
        #expect(json.contains("\"held-by-two\" : 0"))
        #expect(json.contains("\"contenders\" : 120"))
        #expect(json.contains("\"extend: try-again\" : 1"))
    }
}
