package import Plots

/// The tables of runs.
package enum ResultTables {
    /// What the run was, in a sentence.
    package static func sentence(_ result: LoadResult) -> String {
        let span = Amount.text((Double(result.elapsedMilliseconds) / 1_000).rounded(), .seconds)
        let settings = result.settings.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(
            separator: ", "
        )
        let who =
            result.mode == .open
            ? "Open loop, \(result.leases) leases kept" : "\(result.contenders) contenders on \(result.leases) leases"
        return "\(who), through \(result.controllers) controllers and \(result.connections) connections for \(span)"
            + (settings.isEmpty ? "." : "; \(settings).")
    }

    /// Promises and totals, a column for each run.
    package static func counts(_ results: [LoadResult], names: [String]) -> Table {
        func row(_ name: String, _ value: (LoadResult) -> String) -> [String] { [name] + results.map(value) }
        var rows = [
            row("held at the end") { "\($0.held)" }, row("lost") { "\($0.lost)" },
            row("failed extends") { "\($0.failedExtends)" }, row("held by two") { "\($0.heldByTwo)" },
            row("tokens out of order") { "\($0.tokensOutOfOrder)" },
            row("longest gap without a grant") { Amount.text(Double($0.longestGapMilliseconds), .milliseconds) },
            row("claims granted") { "\($0.claimsGranted)" }, row("claims denied") { "\($0.claimsDenied)" },
            row("extends granted") { "\($0.extendsGranted)" }, row("extends retried") { "\($0.extendsRetried)" },
            row("granted a second, mean") { result in
                let granted = result.classes.values.reduce(0) { $0 + $1.goodput }
                guard result.elapsedMilliseconds > 0 else { return "–" }
                return Amount.text(Double(granted) * 1_000 / Double(result.elapsedMilliseconds), .count)
            },
        ]
        if results.contains(where: { !$0.processes.isEmpty }) {
            rows.append(
                row("most memory, watched processes together") { result in
                    let peak = result.seconds.map { second in
                        second.processes.reduce(0) { sum, sample in
                            result.isOwn(sample.pid) ? sum : sum + sample.residentBytes
                        }
                    }.max()
                    return peak.map { $0 > 0 ? Amount.text(Double($0), .bytes) : "–" } ?? "–"
                }
            )
        }
        rows.append(
            row("the load's processor time an operation") { result in
                result.cost.microsecondsPerOperation.map { Amount.text($0 / 1_000, .milliseconds) } ?? "–"
            }
        )
        return Table([""] + names, rows)
    }

    /// What became of each class.
    package static func classes(_ result: LoadResult) -> Table {
        let columns = ["class", "offered", "started", "not sent", "granted", "denied", "refused", "unknown"]
        return Table(
            columns,
            result.classes.sorted { $0.key < $1.key }.map { name, counts in
                [
                    name, "\(counts.offered)", "\(counts.started)", "\(counts.notSent)", "\(counts.goodput)",
                    "\(counts.held)", "\(counts.refusals)", "\(counts.unknown)",
                ]
            }
        )
    }

    /// Percentiles by operation and outcome.
    package static func latencies(_ result: LoadResult) -> Table {
        Table(
            ["operation", "outcome", "count", "p50", "p90", "p99", "p99.9", "max"],
            result.latencies.map { row in
                [row.operation, row.outcome, "\(row.count)"]
                    + [row.p50, row.p90, row.p99, row.p999, row.max].map { Amount.text($0, .milliseconds) }
            }
        )
    }

    /// Memory and processor time by process.
    package static func processes(_ result: LoadResult) -> Table {
        Table(
            ["process", "most memory", "processor time"],
            result.processes.map {
                [
                    $0.title, Amount.text(Double($0.residentMaximumBytes), .bytes),
                    Amount.text($0.cpuSeconds, .seconds),
                ]
            }
        )
    }

    /// Failed attempts by reason, the most frequent first.
    package static func failures(_ result: LoadResult) -> Table {
        let sorted = result.failures.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        return Table(["failed attempts", "count"], sorted.prefix(40).map { [$0.key, "\($0.value)"] })
    }
}

extension LoadResult {
    /// Whether the load itself is the process.
    fileprivate func isOwn(_ pid: Int) -> Bool { self.processes.contains { $0.isSelf && $0.pid == pid } }
}
