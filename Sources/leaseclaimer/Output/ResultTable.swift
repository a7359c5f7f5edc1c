/// The result of a run for people.
struct ResultTable {
    let result: LoadResult

    var text: String {
        [self.title, self.counts, self.failures, self.latencies].filter { !$0.isEmpty }.joined(separator: "\n\n")
    }

    private var title: String {
        let options = self.result.options
        return "\(options.total) contenders on \(options.leases) leases of "
            + "\(options.plan.claimTime.wholeMilliseconds) ms, renewed every \(options.plan.renewTime.wholeMilliseconds)"
            + " ms, through \(self.result.controllers) controllers for \(seconds(self.result.elapsed)) s"
    }

    private var counts: String {
        let statistics = self.result.statistics
        let gapEnd = statistics.gap.endedAt - self.result.start
        return columns([
            ["held", "\(statistics.held)"],
            ["lost", "\(statistics.lost)"],
            ["failed extends", "\(statistics.extendsFailed)"],
            ["held by two", "\(statistics.ledger.overlaps.count)"],
            ["tokens out of order", "\(statistics.ledger.tokenViolations)"],
            ["longest gap", "\(seconds(statistics.gap.longest)) s, ended \(seconds(gapEnd)) s after the start"],
            ["claims granted", "\(statistics.claimsGranted)"],
            ["claims denied", "\(statistics.claimsDenied)"],
            ["extends granted", "\(statistics.extendsGranted)"],
            ["extends retried", "\(statistics.extendsRetried)"],
        ])
    }

    private var failures: String {
        let failures = self.result.statistics.failures.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        guard !failures.isEmpty else { return "" }
        return columns([["failed attempts", "count"]] + failures.map { [$0.key, "\($0.value)"] })
    }

    private var latencies: String {
        let rows = self.result.statistics.latencies.rows
        guard !rows.isEmpty else { return "" }
        return columns(
            [["operation", "outcome", "count", "p50 ms", "p90 ms", "p99 ms", "max ms"]]
                + rows.map { row in
                    [row.key.operation.rawValue, row.key.outcome, "\(row.count)"]
                        + [row.p50, row.p90, row.p99, row.max].map { fixed($0, digits: 2) }
                }
        )
    }
}

/// Rows in columns, as wide as the widest cell.
private func columns(_ rows: [[String]]) -> String {
    var widths: [Int] = []
    for row in rows {
        for (column, cell) in row.enumerated() {
            if column == widths.count { widths.append(0) }
            widths[column] = max(widths[column], cell.count)
        }
    }
    return rows.map { row in
        row.enumerated().map { column, cell in
            column == row.count - 1 ? cell : cell + String(repeating: " ", count: widths[column] - cell.count + 2)
        }.joined()
    }.joined(separator: "\n")
}

private func seconds(_ duration: Duration) -> String { fixed(Double(duration.wholeMilliseconds) / 1_000, digits: 2) }

/// With exactly so many digits behind the point.
private func fixed(_ value: Double, digits: Int) -> String {
    var scale = 1
    for _ in 0..<digits { scale *= 10 }
    let scaled = Int((value * Double(scale)).rounded())
    let fraction = "\(scaled.magnitude % UInt(scale))"
    let padding = String(repeating: "0", count: digits - fraction.count)
    return "\(scaled < 0 ? "-" : "")\(scaled.magnitude / UInt(scale)).\(padding)\(fraction)"
}
