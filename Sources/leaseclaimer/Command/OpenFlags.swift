import ArgumentParser
import CommandArguments

/// What is offered, whatever becomes of it.
struct OpenFlags: ParsableArguments {
    @Option(help: "Operations a second.")
    var rate: Double?

    @Option(help: "Operations a second, stretch after stretch, such as 10s:1000,30s:10000,20s:1000.")
    var schedule: RateSchedule?

    @Option(help: "How operations are divided: claims of fresh leases, extensions of held ones, the controllers' own.")
    var mix = OperationMix(claim: 70, extend: 29, critical: 1)

    @Option(help: "poisson or constant.")
    var arrivals = Arrivals.Spacing.poisson

    @Option(help: "How many operations may be without an answer; more are counted as not sent.")
    var outstanding = 20_000

    @Option(help: "How long an operation may take.")
    var timeout = DurationArgument(milliseconds: 5_000)

    @Option(help: "For how long fresh leases are claimed.")
    var freshTime = DurationArgument(milliseconds: 5_000)

    var isUsed: Bool { self.rate != nil || self.schedule != nil }

    var text: String {
        let schedule = self.rates(for: .seconds(0))
        guard self.rate == nil, let schedule else { return self.rate.map { "\($0)/s" } ?? "" }
        return schedule.stretches.map { "\(LineWriter.text($0.duration)):\($0.rate)" }.joined(separator: ",")
    }

    /// `nil` when this is no open loop.
    func rates(for duration: TimeSpan) -> RateSchedule? {
        self.schedule ?? self.rate.map { RateSchedule([.init(duration: duration, rate: $0)]) }
    }

    func validate(_ load: LoadFlags) throws {
        guard self.rate == nil || self.schedule == nil else {
            throw ValidationError("give --rate or --schedule, not both")
        }
        guard let schedule = self.rates(for: load.runTime?.timeSpan ?? load.defaultDuration) else { return }
        guard self.rate.map({ $0 > 0 && $0 <= 10_000_000 }) ?? true else {
            throw ValidationError("--rate must be more than 0 and at most 10000000")
        }
        guard self.schedule == nil || load.runTime == nil else {
            throw ValidationError("--schedule says how long to run: leave --for away")
        }
        guard (load.bulk * load.threads...4_000_000).contains(self.outstanding) else {
            throw ValidationError("--outstanding must be enough for one call of each loop, and at most 4000000")
        }
        guard (100...60_000).contains(self.timeout.milliseconds) else {
            throw ValidationError("--timeout must be 100ms to 60s")
        }
        guard (2_000...86_400_000).contains(self.freshTime.milliseconds) else {
            throw ValidationError("--fresh-time must be 2s to 24h: shorter leases are refused")
        }
        guard load.steps == nil, load.storms.isEmpty else {
            throw ValidationError("--steps and --storm are for contenders: give a --schedule")
        }
        // Each is extended once in so many seconds; it must not run out in between.
        let extends = schedule.lowest * self.mix.share(of: .extend)
        guard extends > 0 else { return }
        let turn = Double(load.leaseCount) / extends
        guard turn < SafeTime.of(load.claimTime.timeSpan).inSeconds * 0.8 else {
            throw ValidationError(
                "\(load.leaseCount) leases have their turn every \(fixed(turn, digits: 1)) s at \(fixed(extends, digits: 0))"
                    + " extensions a second, which is too late for a lease of \(load.claimTime.text):"
                    + " give fewer --leases or a longer --claim-time"
            )
        }
    }

    /// One loop's part of it.
    func plan(_ load: LoadFlags, _ schedule: RateSchedule) -> OpenPlan {
        OpenPlan(
            schedule: schedule.scaled(by: 1 / Double(load.threads)),
            spacing: self.arrivals,
            mix: self.mix,
            leases: self.mix.share(of: .extend) > 0 ? max(load.leaseCount / load.threads, 1) : 0,
            criticals: max(16, load.bulk),
            claimTime: load.claimTime.timeSpan,
            freshTime: self.freshTime.timeSpan,
            bulk: load.bulk,
            outstanding: self.outstanding / load.threads,
            timeout: self.timeout.timeSpan,
            loop: 0,
            loops: load.threads
        )
    }
}

extension RateSchedule: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }
}

extension OperationMix: ExpressibleByArgument {
    init?(argument: String) { self.init(argument) }

    var defaultValueDescription: String { self.text }
}

extension Arrivals.Spacing: ExpressibleByArgument {}
