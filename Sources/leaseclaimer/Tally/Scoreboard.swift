/// Where all contenders of a run report; the one place that changes its statistics.
actor Scoreboard {
    private(set) var statistics: Statistics

    init(startingAt start: Instant) { self.statistics = Statistics(startingAt: start) }

    func record(_ notes: [ContenderNote], _ sample: LatencySample?, lease: Int, contender: Int, now: Instant) {
        if let sample { self.statistics.record(sample) }
        for note in notes { self.statistics.record(note, lease: lease, contender: contender, now: now) }
    }

    /// The load ended at `now`.
    func close(at now: Instant) { self.statistics.close(at: now) }
}
