package import Plots

/// The pictures of one run over time.
package struct ResultCharts: Sendable {
    private let result: LoadResult
    /// When something happened that the pictures should show.
    private let markers: [Marker]

    /// The pictures of `result`, each with the `markers`.
    package init(_ result: LoadResult, markers: [Marker] = []) {
        self.result = result
        self.markers = markers
    }

    /// Those that have something to show.
    package var all: [Chart] {
        [self.throughput, self.latency, self.shed, self.leases, self.memory, self.processor].compactMap(\.self)
    }

    /// Offered against goodput, by class.
    package var throughput: Chart? {
        guard !self.result.seconds.isEmpty else { return nil }
        var series: [Series] = []
        if self.result.mode == .open {
            series.append(self.sum("offered", style: .dashed) { $0.offered })
            series[0].color = 7
        }
        for (name, color) in Self.operations {
            let points = self.points(name) { Double($0.goodput) }
            guard points.contains(where: { $0.y > 0 }) else { continue }
            series.append(Series("\(name) granted", points, style: .area, color: color))
        }
        if series.count > (self.result.mode == .open ? 2 : 1) {
            series.append(self.sum("granted", style: .line) { $0.goodput })
            series[series.count - 1].color = 2
        }
        return self.chart("Offered and granted", Axis("operations a second"), series)
    }

    /// The middle and the slowest hundredth, by class, on a logarithmic axis.
    package var latency: Chart? {
        var series: [Series] = []
        for (name, color) in Self.operations {
            for (label, style, value) in [
                ("p50", Series.Style.line, \LoadResult.ClassCounts.p50), ("p99", .dashed, \.p99),
            ] {
                let points = self.points(name) { $0[keyPath: value] ?? .nan }
                guard points.contains(where: { $0.y.isFinite }) else { continue }
                series.append(Series("\(name) \(label)", points, style: style, color: color))
            }
            let refusals = self.points(name) { $0.refusalP99 ?? .nan }
            if refusals.contains(where: { $0.y.isFinite }) {
                series.append(Series("\(name) refused p99", refusals, style: .points, color: color + 3))
            }
        }
        return self.chart(
            "Latency",
            Axis("from the intended start", unit: .milliseconds, scale: .logarithmic),
            series
        )
    }

    /// What was not granted, by class and reason.
    package var shed: Chart? {
        var reasons: Set<String> = []
        for second in self.result.seconds {
            for (name, counts) in second.classes where name != "wait" {
                for reason in counts.refused.keys { reasons.insert("\(name): \(reason)") }
                if counts.unknown > 0 { reasons.insert("\(name): unknown") }
                if counts.notSent > 0 { reasons.insert("\(name): not sent") }
            }
        }
        let series = reasons.sorted().prefix(Self.mostReasons).map { reason in
            Series(reason, self.result.seconds.map { Point($0.at, Double($0.shed(reason))) }, style: .area)
        }
        return self.chart("Not granted", Axis("operations a second"), series, isStacked: true)
    }

    /// Leases held, and what went wrong with them.
    package var leases: Chart? {
        let seconds = self.result.seconds
        guard seconds.contains(where: { $0.held > 0 }) else { return nil }
        var series = [Series("held", seconds.map { Point($0.at, Double($0.held)) })]
        if seconds.contains(where: { $0.waiting > 0 }) {
            series.append(Series("contenders waiting", seconds.map { Point($0.at, Double($0.waiting)) }))
        }
        if seconds.contains(where: { $0.lost > 0 }) {
            var lost = 0
            let points = seconds.map { second in
                lost += second.lost
                return Point(second.at, Double(lost))
            }
            series.append(Series("lost so far", points, color: 3))
        }
        return self.chart("Leases", Axis("count"), series)
    }

    /// Resident memory of each process.
    package var memory: Chart? {
        self.chart("Memory", Axis("resident", unit: .bytes), self.processes { Double($0.residentBytes) })
    }

    /// Processor time of each process; 100 % are one core.
    package var processor: Chart? {
        self.chart("Processor", Axis("of one core", unit: .percent), self.processes { $0.cpuPercent })
    }

    // MARK: Parts

    private static let operations = [("claim", 0), ("extend", 1), ("critical", 4)]
    private static let mostReasons = 12

    private func chart(_ title: String, _ axis: Axis, _ series: [Series], isStacked: Bool = false) -> Chart? {
        guard series.contains(where: { $0.points.count > 1 }) else { return nil }
        return Chart(title, x: .time, y: axis, series: series, isStacked: isStacked, markers: self.markers)
    }

    private func points(_ name: String, _ value: (LoadResult.ClassCounts) -> Double) -> [Point] {
        self.result.seconds.map { Point($0.at, $0.classes[name].map(value) ?? value(LoadResult.ClassCounts())) }
    }

    private func sum(
        _ name: String,
        style: Series.Style,
        _ value: (LoadResult.ClassCounts) -> Int
    ) -> Series {
        let points = self.result.seconds.map { second in
            let total = Self.operations.reduce(0) { $0 + (second.classes[$1.0].map(value) ?? 0) }
            return Point(second.at, Double(total))
        }
        return Series(name, points, style: style)
    }

    private func processes(_ value: (LoadResult.ProcessSample) -> Double) -> [Series] {
        self.result.processes.map { process in
            let points = self.result.seconds.map { second in
                Point(second.at, second.processes.first { $0.pid == process.pid }.map(value) ?? .nan)
            }
            return Series(process.title, points)
        }
    }
}

extension LoadResult.ProcessTotals {
    /// The name by which it is known in legends.
    var title: String { self.isSelf ? "the load" : "\(self.name) \(self.pid)" }
}

extension LoadResult.Second {
    /// How many operations this second were not granted, for what `class: reason` says.
    fileprivate func shed(_ reason: String) -> Int {
        guard let colon = reason.firstRange(of: ": "), let counts = self.classes[String(reason[..<colon.lowerBound])]
        else {
            return 0
        }
        let word = String(reason[colon.upperBound...])
        switch word {
        case "unknown": return counts.unknown + (counts.refused[word] ?? 0)
        case "not sent": return counts.notSent
        default: return counts.refused[word] ?? 0
        }
    }
}
