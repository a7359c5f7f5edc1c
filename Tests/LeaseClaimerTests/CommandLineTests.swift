import ArgumentParser
import CommandArguments
import FoundationEssentials
import HoldfastClient
import LoadReport
import Testing

@testable import leaseclaimer

@Suite struct CommandLineTests {
    @Test(
        "durations are read as they are spoken",
        arguments: [
            ("5s", 5_000), ("250ms", 250), ("1m30s", 90_000), ("1h", 3_600_000), ("4.5s", 4_500), ("0.25m", 15_000),
        ]
    )
    func durations(text: String, milliseconds: Int64) {
        #expect(DurationArgument(argument: text)?.milliseconds == milliseconds)
    }

    @Test(
        "what is no duration is refused",
        arguments: [
            "", "5", "s", "-5s", "5 s", "1.5ms", "1.2.3s", ".5s", "5.s", "0.0005s", "5d", "99999999999h", "9000h",
            "5s5",
        ]
    )
    func noDurations(text: String) { #expect(DurationArgument(argument: text) == nil) }

    @Test("the acceptance run's command line is understood")
    func acceptance() throws {
        let command = try RunCommand.parse([
            "--leases", "40", "--contenders", "3", "--claim-time", "5s", "--renew-time", "2s", "--for", "60s",
        ])
        let options = command.options()
        #expect(options.leases == 40)
        #expect(options.contenders == 120)
        #expect(options.duration == .seconds(60))
        #expect(options.sharing == .perContender)
        guard case .contend(let plan, 3, _) = options.kind else {
            Issue.record("\(options.kind)")
            return
        }
        #expect(plan == ContenderPlan(claimTime: .seconds(5), renewTime: .seconds(2)))
    }

    @Test(
        "what cannot work is refused as wrong usage",
        arguments: [
            ["--leases", "0"], ["--contenders", "0"], ["--claim-time", "1s"],
            ["--claim-time", "5s", "--renew-time", "4700ms"], ["--renew-time", "0s"], ["--for", "0s"],
            ["--connections", "none"], ["--format", "xml"], ["--prefix", ""], ["--unknown"],
            ["--rate", "0"], ["--rate", "5", "--schedule", "1s:5"], ["--schedule", "1s"], ["--mix", "claim=0"],
            ["--mix", "nothing=1"], ["--bulk", "10"], ["--bulk", "0"], ["--steps", "40,20"], ["--watch-pids", "x"],
            ["--steps", "20", "--leases", "20"], ["--rate", "10", "--leases", "4000"], ["noslash"],
            ["--claimtime", "4s"], ["--rate", "5", "a/0"], ["--outstanding", "0", "--rate", "5"],
        ]
    )
    func wrongUsage(arguments: [String]) {
        let error = #expect(throws: (any Error).self) { _ = try RunCommand.parse(arguments) }
        #expect(error.map { RunCommand.exitCode(for: $0).rawValue } == 64)
    }

    @Test("Juju's flags and units make Juju's load")
    func juju() throws {
        let command = try RunCommand.parse([
            "--hosts", "10.0.0.1,10.0.0.2", "--password", "secret", "--uuid", "m", "--claimtime", "1m", "--insecure",
            "--quiet", "a0/0", "a0/1", "b0/0",
        ])
        let options = command.options()
        guard case .juju(let units, let claimTime, let renewTime) = options.kind else {
            Issue.record("\(options.kind)")
            return
        }
        #expect(units == ["a0/0", "a0/1", "b0/0"])
        #expect(claimTime == .seconds(60))
        #expect(renewTime == .seconds(30))
        #expect(options.leases == 2)
        #expect(options.lines == .quiet)
        #expect(options.sleep == .seconds(1))
        #expect(options.dials == 1)
        let target = try command.juju.target()
        #expect(
            target.controllers == [Endpoint(host: "10.0.0.1", port: 17_070), Endpoint(host: "10.0.0.2", port: 17_070)]
        )
        #expect(target.caCertificate == nil)
        #expect(target.path == "/model/m/api")
    }

    @Test("a schedule makes an open loop, shared out among the loops")
    func open() throws {
        let command = try RunCommand.parse([
            "--schedule", "10s:1000,30s:10000", "--leases", "2000", "--claim-time", "30s", "--mix", "extend=1,claim=1",
            "--threads", "2", "--outstanding", "9000",
        ])
        let options = command.options()
        guard case .open(let plan) = options.kind else {
            Issue.record("\(options.kind)")
            return
        }
        #expect(options.duration == .seconds(40))
        #expect(plan.schedule.stretches.map(\.rate) == [500, 5_000])
        #expect(plan.mix.share(of: .extend) == 0.5)
        #expect(plan.leases == 1_000)
        #expect(plan.outstanding == 4_500)
        #expect(options.lanes(of: 0, controllers: 3) == 9)
    }

    @Test("steps add leases one after another")
    func steps() throws {
        let command = try RunCommand.parse(["--steps", "20,40,80", "--step-time", "5m"])
        let options = command.options()
        #expect(options.leases == 80)
        #expect(options.duration == .seconds(900))
        guard case .contend(_, _, let steps) = options.kind else {
            Issue.record("\(options.kind)")
            return
        }
        #expect([0, 19, 20, 39, 40, 79].map { steps.delay(of: $0) / .seconds(300) } == [0, 0, 1, 1, 2, 2])
    }

    @Test("the table and the document say the same of a run")
    func output() throws {
        let start = Instant(nanoseconds: 1_000_000_000_000)
        var statistics = Statistics(startingAt: start)
        let granted = ContenderNote.granted(token: 1, safeUntil: start + .seconds(5))
        statistics.record(granted, lease: 0, contender: 0, now: start + .milliseconds(1_420))
        statistics.record(.failed(.extend, reason: "try-again"), lease: 0, contender: 0, now: start)
        var result = LoadResult()
        result.describe(try RunCommand.parse(["--claim-time", "5s", "--renew-time", "2s"]).options(), controllers: 3)
        result.take(statistics, start: start)
        let lines = ResultTable(result: result).text.split(separator: "\n").map(String.init)
        #expect(lines.contains("held                 1"))
        #expect(lines.contains("held by two          0"))
        #expect(lines.contains("longest gap          1.42 s, ended 1.42 s after the start"))
        #expect(lines.contains("extend: try-again  1"))
        let json = String(decoding: try result.json(), as: UTF8.self)
        #expect(json.contains("\"longest-gap-ms\" : 1420"))
        #expect(json.contains("\"held-by-two\" : 0"))
        #expect(json.contains("\"contenders\" : 120"))
        #expect(json.contains("\"extend: try-again\" : 1"))
        #expect(try LoadResult(json: result.json()) == result)
    }
}
