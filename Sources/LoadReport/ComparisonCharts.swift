package import Plots

/// Pictures with a line for each of several runs.
package struct ComparisonCharts: Sendable {
    private let results: [(name: String, result: LoadResult)]

    /// The pictures of `results`, under their names.
    package init(_ results: [(name: String, result: LoadResult)]) { self.results = results }

    /// Those that have something to show.
    package var all: [Chart] {
        let goodput = self.series { second in Double(Self.sum(second) { $0.goodput }) }
        let shed = self.series { second in Double(Self.sum(second) { $0.refusals + $0.unknown + $0.notSent }) }
        let latency = self.series { Self.worst($0) ?? .nan }
        let held = self.series { Double($0.held) }
        let memory = self.series { second in Double(self.controllers(second).reduce(0) { $0 + $1.residentBytes }) }
        let processor = self.series { second in self.controllers(second).reduce(0) { $0 + $1.cpuPercent } }
        return [
            self.chart("Granted", Axis("operations a second"), goodput),
            self.chart("Not granted", Axis("operations a second"), shed),
            self.chart("Slowest class's p99", Axis("latency", unit: .milliseconds, scale: .logarithmic), latency),
            self.chart("Leases held", Axis("count"), held),
            self.chart("Memory of the watched processes", Axis("resident", unit: .bytes), memory),
            self.chart("Processor of the watched processes", Axis("of one core", unit: .percent), processor),
        ].compactMap(\.self)
    }

    private func series(_ value: (LoadResult.Second) -> Double) -> [Series] {
        self.results.map { name, result in Series(name, result.seconds.map { Point($0.at, value($0)) }) }
    }

    private func chart(_ title: String, _ axis: Axis, _ series: [Series]) -> Chart? {
        guard series.contains(where: { $0.points.count > 1 && $0.points.contains { $0.y > 0 } }) else { return nil }
        return Chart(title, x: .time, y: axis, series: series)
    }

    private static func sum(_ second: LoadResult.Second, _ value: (LoadResult.ClassCounts) -> Int) -> Int {
        second.classes.filter { $0.key != "wait" }.values.reduce(0) { $0 + value($1) }
    }

    private static func worst(_ second: LoadResult.Second) -> Double? {
        second.classes.filter { $0.key != "wait" }.values.compactMap(\.p99).max()
    }

    /// The watched processes but the load, which is one of those that are sampled.
    private func controllers(_ second: LoadResult.Second) -> [LoadResult.ProcessSample] {
        let own = Set(self.results.flatMap { $0.result.processes.filter(\.isSelf).map(\.pid) })
        return second.processes.filter { !own.contains($0.pid) }
    }
}
