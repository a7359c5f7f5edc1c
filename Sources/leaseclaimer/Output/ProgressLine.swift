/// The line that changes every second while a run goes on.
enum ProgressLine {
    static func text(_ elapsed: Duration, _ statistics: Statistics) -> String {
        "\(elapsed.components.seconds)s  held \(statistics.held)  lost \(statistics.lost)"
            + "  failed extends \(statistics.extendsFailed)  held by two \(statistics.ledger.overlaps.count)"
            + "  extends \(statistics.extendsGranted) (+\(statistics.extendsRetried) retried)"
            + "  longest gap \(statistics.gap.longest.wholeMilliseconds) ms"
    }

    /// Over the line before, on a terminal.
    static func show(_ elapsed: Duration, _ statistics: Statistics) {
        Terminal.write("\r\u{1B}[K\(self.text(elapsed, statistics))")
    }

    /// Makes room for what comes next.
    static func clear() { Terminal.write("\r\u{1B}[K") }
}
