import LoadReport
import Plots

/// The result of a run for people.
struct ResultTable {
    let result: LoadResult

    var text: String {
        [self.title, self.counts, self.classes, self.failures, self.latencies, self.processes].filter { !$0.isEmpty }
            .joined(separator: "\n\n")
    }

    private var title: String { ResultTables.sentence(self.result) }

    private var counts: String {
        let result = self.result
        return columns([
            ["held", "\(result.held)"],
            ["lost", "\(result.lost)"],
            ["failed extends", "\(result.failedExtends)"],
            ["held by two", "\(result.heldByTwo)"],
            ["tokens out of order", "\(result.tokensOutOfOrder)"],
            [
                "longest gap",
                "\(seconds(result.longestGapMilliseconds)) s, ended \(seconds(result.longestGapEndedMilliseconds)) s after"
                    + " the start",
            ],
            ["claims granted", "\(result.claimsGranted)"],
            ["claims denied", "\(result.claimsDenied)"],
            ["extends granted", "\(result.extendsGranted)"],
            ["extends retried", "\(result.extendsRetried)"],
        ])
    }

    private var classes: String { self.text(of: ResultTables.classes(self.result)) }

    private var failures: String { self.text(of: ResultTables.failures(self.result)) }

    private var latencies: String {
        let rows = self.result.latencies
        guard !rows.isEmpty else { return "" }
        return columns(
            [["operation", "outcome", "count", "p50 ms", "p90 ms", "p99 ms", "p99.9 ms", "max ms"]]
                + rows.map { row in
                    [row.operation, row.outcome, "\(row.count)"]
                        + [row.p50, row.p90, row.p99, row.p999, row.max].map { fixed($0, digits: 2) }
                }
        )
    }

    private var processes: String {
        let table = self.text(of: ResultTables.processes(self.result))
        guard let cost = self.result.cost.microsecondsPerOperation, !table.isEmpty else { return table }
        return table + "\n\nthe load's own processor time: \(fixed(cost, digits: 1)) µs an operation"
    }

    private func text(of table: Table) -> String {
        table.rows.isEmpty ? "" : columns([table.columns] + table.rows)
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

private func seconds(_ milliseconds: Int64) -> String { fixed(Double(milliseconds) / 1_000, digits: 2) }

/// With exactly so many digits behind the point.
func fixed(_ value: Double, digits: Int) -> String { Amount.fixed(value, digits: digits) }
