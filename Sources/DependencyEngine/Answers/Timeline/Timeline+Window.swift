extension Timeline {
    /// A part of the timeline with the rows that have something to show in it.
    struct View {
        struct Bar {
            var state: ManifoldState
            var begin: Double
            var end: Double
            /// Whether the window cuts it off, so that its length here says nothing.
            var isCut = false
        }

        struct Line {
            var row: Row
            var bars: [Bar]
            var marks: [Mark]
            /// Whether the chain passes through it.
            var isCritical: Bool
        }

        var title: String
        var begin: Double
        var end: Double
        var chain: Chain?
        var lines: [Line]
        /// How many rows were left out because they are too many.
        var leftOut: Int
    }

    /// Cuts `window` out, with at most `most` rows: those of the chain first, then those that take longest to start.
    func view(_ window: Window, most: Int) -> View {
        let (begin, end) = self.bounds(of: window)
        let chain: Chain? =
            switch window {
            case .start: self.start
            case .bounce: self.bounce
            case .last, .whole: nil
            }
        let critical = Set(chain?.steps.map(\.name) ?? [])
        var lines = self.rows.compactMap { row -> View.Line? in
            let bars = self.bars(of: row, in: window, begin, end)
            let marks = row.marks.filter { $0.at >= begin && $0.at <= end }
            guard !bars.isEmpty || !marks.isEmpty else { return nil }
            return View.Line(row: row, bars: bars, marks: marks, isCritical: critical.contains(row.name))
        }
        let all = lines.count
        if all > most {
            let kept = lines.indices
                .sorted { one, other in
                    let (one, other) = (lines[one], lines[other])
                    guard one.isCritical == other.isCritical else { return one.isCritical }
                    return (other.row.startTook ?? 0, one.row.name) < (one.row.startTook ?? 0, other.row.name)
                }
                .prefix(most).sorted()
            lines = kept.map { lines[$0] }
        }
        return View(
            title: self.title(of: window, begin, end),
            begin: begin,
            end: end,
            chain: chain,
            lines: lines,
            leftOut: all - lines.count
        )
    }

    private func bounds(of window: Window) -> (begin: Double, end: Double) {
        let run = self.runAt ?? 0
        switch window {
        case .start:
            let end = self.startSettled ?? self.now
            return (run, max(end + (end - run) * 0.04, run + 0.05))
        case .bounce:
            guard let bounce = self.bounce else { return (run, max(self.now, run + 0.05)) }
            let margin = max((bounce.end - bounce.begin) * 0.04, 0.02)
            return (max(bounce.begin - margin, run), bounce.end + margin)
        case .last(let duration):
            return (max(self.now - max(duration.roundedMilliseconds, 0.05), run), max(self.now, run + 0.05))
        case .whole: return (run, max(self.now, run + 0.05))
        }
    }

    private func bars(of row: Row, in window: Window, _ begin: Double, _ end: Double) -> [View.Bar] {
        if window == .start, self.forgotten > 0 { return self.rememberedStart(of: row, until: end) }
        return row.spans.compactMap { span in
            let spanEnd = span.end ?? max(self.now, end)
            guard span.begin <= end, spanEnd >= begin else { return nil }
            return View.Bar(
                state: span.state,
                begin: max(span.begin, begin),
                end: min(spanEnd, end),
                isCut: span.begin < begin || (span.end ?? self.now) > end
            )
        }
    }

    /// The first start from what is kept for ever, where its transitions were forgotten.
    private func rememberedStart(of row: Row, until end: Double) -> [View.Bar] {
        guard let began = row.firstBegan, began <= end else { return [] }
        let ready = min(row.firstReady ?? end, end)
        let starting = View.Bar(state: .starting, begin: began, end: ready)
        return ready < end ? [starting, View.Bar(state: .ready, begin: ready, end: end)] : [starting]
    }

    private func title(of window: Window, _ begin: Double, _ end: Double) -> String {
        switch window {
        case .start:
            guard let run = self.runAt else { return "the engine has not run yet" }
            guard let settled = self.startSettled else {
                return "starting since \(TimeText.milliseconds(self.now - run))"
            }
            let ready = self.rows.count { $0.firstReady.map { $0 <= settled } ?? false }
            return "first start: \(ready) of \(self.rows.count) ready after "
                + TimeText.milliseconds((self.start?.end ?? settled) - run)
        case .bounce:
            guard let bounce = self.bounce else { return "nothing was started anew yet" }
            return "last restart: \(TimeText.milliseconds(bounce.end - bounce.begin)), "
                + "\(TimeText.milliseconds(self.now - bounce.end)) ago"
        case .last: return "the last \(TimeText.milliseconds(end - begin))"
        case .whole: return "the whole run, \(TimeText.milliseconds(end - begin))"
        }
    }
}
