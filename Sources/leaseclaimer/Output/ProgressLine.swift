import LoadReport

/// The line that changes every second while a run goes on.
enum ProgressLine {
    static func text(_ second: LoadResult.Second) -> String {
        var text = "\(Int(second.at))s  held \(second.held)  connections \(second.connections)"
        if second.waiting > 0 { text += "  waiting \(second.waiting)" }
        for (name, counts) in second.classes.sorted(by: { $0.key < $1.key }) where name != "wait" {
            text += "  \(name) \(counts.goodput)/s"
            if counts.offered > counts.goodput { text += " of \(counts.offered)" }
            if counts.refusals > 0 { text += " (\(counts.refusals) refused)" }
            if let p99 = counts.p99 { text += " p99 \(fixed(p99, digits: 1)) ms" }
        }
        if second.lost > 0 { text += "  lost \(second.lost)" }
        return text
    }

    /// Over the line before, on a terminal.
    static func show(_ second: LoadResult.Second) { Terminal.write("\r\u{1B}[K\(self.text(second))") }

    /// Makes room for what comes next.
    static func clear() { Terminal.write("\r\u{1B}[K") }
}
