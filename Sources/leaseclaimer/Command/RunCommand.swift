import ArgumentParser
import CommandArguments
import FoundationEssentials
import HoldfastClient
import LoadReport

/// `leaseclaimer run`, which is also what happens without a subcommand.
struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Put load on a cluster and judge what it does (the default).",
        discussion: """
            Works on the cluster HOLDFAST_CONFIG names, through all of its controllers. Every contender claims its \
            lease; who is granted it extends it until the end, who is denied it waits for its release. Renewals are \
            spread over the renew time, so that the longest gap between two grants shows how long nothing was served.

            With --rate or --schedule operations begin when they are due, whatever became of those before, and their \
            latency counts from then; --leases are then those held from the start and extended in turn.

            With --unit, --hosts or names of units it does as Juju's tool does, on Juju's facade.

            Exits 0 when no lease was lost, no extension failed and none was held by two; 1 otherwise.
            """
    )

    @OptionGroup(title: "Load")
    var load: LoadFlags

    @OptionGroup(title: "Open loop")
    var open: OpenFlags

    @OptionGroup(title: "Juju")
    var juju: JujuFlags

    @OptionGroup(title: "Results")
    var output: OutputFlags

    mutating func validate() throws {
        try self.load.validate(isOpen: self.open.isUsed, isJuju: self.juju.isUsed)
        try self.open.validate(self.load)
        try self.juju.validate()
        guard !(self.open.isUsed && self.juju.isUsed) else {
            throw ValidationError("--rate and --schedule are not for Juju's units")
        }
    }

    @concurrent
    func run() async throws {
        let result: LoadResult
        do {
            Interruption.listen()
            result = try await self.load()
            try self.output.write(result)
        } catch {
            Terminal.complain("\(error)")
            throw ExitCode(1)
        }
        guard result.verdict.isClean else { throw ExitCode(1) }
    }

    private func load() async throws -> LoadResult {
        let run = LoadRun(options: self.options(), target: try self.target(), progress: self.progress)
        defer { if self.showsProgress { ProgressLine.clear() } }
        return try await run.run()
    }

    /// Lines of holders would tear it apart.
    private var showsProgress: Bool { Terminal.isWatched && self.lines == nil }

    private var progress: @Sendable (LoadResult.Second) -> Void {
        let shows = self.showsProgress
        return { if shows { ProgressLine.show($0) } }
    }

    private var lines: LineWriter.Form? {
        self.output.lines ?? (self.juju.isUsed ? (self.juju.quiet ? .quiet : .verbose) : nil)
    }

    private func target() throws -> LoadTarget {
        if self.juju.isUsed { return try self.juju.target() }
        return try LoadTarget(.loadFromEnvironment(), isInsecure: self.juju.insecure)
    }

    /// What the flags say together.
    func options() -> LoadOptions {
        let runID = String(UInt32.random(in: .min ... .max), radix: 16)
        let load = self.load
        var kind = LoadOptions.Kind.contend(
            plan: ContenderPlan(
                claimTime: load.claimTime.timeSpan,
                renewTime: load.renewDuration,
                revokesAtEnd: load.revoke,
                obeysHints: load.obeyHints
            ),
            contenders: load.contenders,
            steps: load.leaseSteps
        )
        var duration = load.runTime?.timeSpan ?? load.defaultDuration
        var leases = load.leaseCount
        if let schedule = self.open.rates(for: duration) {
            kind = .open(self.open.plan(load, schedule))
            duration = schedule.duration
        } else if self.juju.isUsed {
            let units = self.juju.allUnits
            kind = .juju(units: units, claimTime: self.juju.claimDuration, renewTime: self.juju.renewDuration)
            leases = Set(units.map(JujuWorkload.application)).count
            // Until somebody ends it.
            duration = load.runTime?.timeSpan ?? .seconds(365 * 86_400)
        }
        return LoadOptions(
            kind: kind,
            leases: leases,
            duration: duration,
            sharing: self.juju.isUsed
                ? .perContender : load.connections ?? (self.open.isUsed ? .shared : .perContender),
            bulk: load.bulk,
            threads: self.juju.isUsed ? 1 : load.threads,
            // Juju's tool opens one after another.
            dials: load.dials ?? (self.juju.isUsed ? 1 : 32),
            prefix: load.prefix ?? "leaseclaimer-\(runID)",
            namespace: load.namespace ?? "",
            runID: runID,
            storms: load.storms.map(\.timeSpan),
            watched: self.output.watched,
            lines: self.lines,
            sleep: self.juju.isUsed ? self.juju.sleep.timeSpan : .zero,
            label: self.output.label,
            settings: self.settings
        )
    }

    private var settings: [String: String] {
        let load = self.load
        if self.juju.isUsed {
            return [
                "claim-time": LineWriter.text(self.juju.claimDuration),
                "renew-time": LineWriter.text(self.juju.renewDuration),
            ]
        }
        var settings = ["claim-time": load.claimTime.text, "bulk": "\(load.bulk)", "threads": "\(load.threads)"]
        if let connections = load.connections { settings["connections-are"] = connections.text }
        if self.open.isUsed {
            settings["mix"] = self.open.mix.text
            settings["schedule"] = self.open.text
            settings["arrivals"] = self.open.arrivals.rawValue
            settings["outstanding"] = "\(self.open.outstanding)"
        } else {
            settings["renew-time"] = LineWriter.text(load.renewDuration)
            settings["contenders-a-lease"] = "\(load.contenders)"
            if let steps = load.steps { settings["steps"] = steps.totals.map(String.init).joined(separator: ",") }
        }
        return settings
    }
}

extension LoadTarget {
    /// The cluster a client's configuration names.
    init(_ configuration: ClientConfiguration, isInsecure: Bool) throws {
        self.init(
            controllers: try configuration.controllers.map { address in
                guard let endpoint = Endpoint(address) else { throw LoadError("\"\(address)\" is not host:port") }
                return endpoint
            },
            caCertificate: isInsecure ? nil : configuration.caCertificate,
            account: configuration.account,
            token: configuration.token,
            model: configuration.model
        )
    }
}
