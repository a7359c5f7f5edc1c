import HoldfastClient

/// One run: connects, lets all contenders loose, ends them, and returns what was counted.
struct LoadRun: Sendable {
    let options: LoadOptions
    let configuration: ClientConfiguration
    /// Called about once a second, with the time since the start.
    let progress: @Sendable (Duration, Statistics) -> Void

    /// Runs for as long as the options say, or until `Interruption` was asked for.
    ///
    /// - Throws: `LeaseClientError` when no controller can be used at the start.
    @concurrent
    func run() async throws -> LoadResult {
        let dialer = try LeaseClient(self.configuration)
        let links = try await self.connect(dialer)
        let start = ContinuousClock.now
        let scoreboard = Scoreboard(startingAt: start)
        let end = await withTaskGroup(of: Void.self) { group in
            for index in 0..<self.options.total {
                let driver = self.driver(index, links[index % links.count], scoreboard)
                let contender = self.contender(index, start)
                group.addTask { await driver.run(contender) }
            }
            await self.untilOver(start, scoreboard)
            let end = ContinuousClock.now
            await scoreboard.close(at: end)
            // Operations on their way are seen to their end.
            group.cancelAll()
            return end
        }
        let statistics = await scoreboard.statistics
        for link in links { await link.close() }
        await dialer.close()
        return LoadResult(
            options: self.options,
            controllers: self.configuration.controllers.count,
            start: start,
            elapsed: end - start,
            statistics: statistics
        )
    }

    // MARK: Before

    /// Opens the connections, a few at a time: what is measured is leases, not handshakes.
    private func connect(_ dialer: LeaseClient) async throws -> [Link] {
        let count =
            switch self.options.sharing {
            case .perContender: self.options.total
            case .shared: min(self.configuration.controllers.count, self.options.total)
            }
        let links = (0..<count).map {
            Link(dialer: dialer, first: $0, dialTimeout: self.options.plan.attemptTimeout)
        }
        // One must come about, or there is nothing to run against; the others come in time, as after a failure.
        _ = try await dialer.connection()
        await withTaskGroup(of: Void.self) { group in
            for (index, link) in links.enumerated() {
                if index >= Self.connectingAtOnce { await group.next() }
                group.addTask { _ = try? await link.connection() }
            }
        }
        return links
    }

    private static let connectingAtOnce = 16

    private func driver(_ index: Int, _ link: Link, _ scoreboard: Scoreboard) -> ContenderDriver {
        let (lease, contender) = (index / self.options.contenders, index % self.options.contenders)
        let calls = LeaseCalls(
            lease: self.options.leaseName(lease),
            holder: self.options.holderName(lease: lease, contender: contender),
            duration: self.options.plan.claimTime
        )
        return ContenderDriver(lease: lease, contender: contender, calls: calls, link: link, scoreboard: scoreboard)
    }

    /// Those of one lease begin together, so that they contend; the leases are spread over the renew time.
    private func contender(_ index: Int, _ start: Instant) -> Contender {
        let plan = self.options.plan
        let phase = Double(index / self.options.contenders) / Double(self.options.leases)
        return Contender(plan: plan, anchor: start + plan.renewTime * phase, seed: .random(in: .min ... .max))
    }

    // MARK: Meanwhile

    private func untilOver(_ start: Instant, _ scoreboard: Scoreboard) async {
        let end = start + self.options.duration
        var nextReport = start + .seconds(1)
        while !Interruption.isRequested {
            let now = ContinuousClock.now
            guard now < end else { return }
            if now >= nextReport {
                nextReport += .seconds(1)
                self.progress(now - start, await scoreboard.statistics)
            }
            // Short, so that Ctrl-C is noticed soon.
            try? await Task.sleep(until: min(now + .milliseconds(200), nextReport, end), clock: .continuous)
        }
    }
}

/// What a run came to.
struct LoadResult: Sendable {
    var options: LoadOptions
    var controllers: Int
    var start: Instant
    var elapsed: Duration
    var statistics: Statistics
}
