extension Timeline {
    /// The first start as text; see `text(_:)`.
    public var text: String { self.text(.start) }

    /// A window of the timeline for people: a line for each manifold with what it did, the chain, and who takes longest to
    /// start. Without a final newline.
    public func text(_ window: Window) -> String {
        let view = self.view(window, most: 60)
        var lines = [view.title]
        if let chain = view.chain { lines.append("critical chain: \(chain.text)") }
        let wide = view.lines.map { $0.row.name.count }.max() ?? 0
        for line in view.lines {
            let name = line.row.name + String(repeating: " ", count: wide - line.row.name.count)
            let took = line.row.startTook.map { "  start \(TimeText.milliseconds($0))" } ?? ""
            lines.append("\(line.isCritical ? "*" : " ") \(name)  \(Self.strip(line, view))\(took)")
        }
        if view.leftOut > 0 { lines.append("  and \(view.leftOut) more") }
        if !view.lines.isEmpty {
            let span = TimeText.milliseconds(view.end - view.begin)
            lines.append("  from left to right \(span): > starting, + started, = ready, < stopping, ~ backing off,")
            lines.append("  x failed, o parked or finished; * on the critical chain")
        }
        if self.forgotten > 0 { lines.append("  \(self.forgotten) older transitions are forgotten") }
        return lines.joined(separator: "\n")
    }

    private static func strip(_ line: View.Line, _ view: View) -> String {
        let cells = 56
        var strip = Array(repeating: Character(" "), count: cells)
        func cell(_ at: Double) -> Int {
            min(max(Int((at - view.begin) / (view.end - view.begin) * Double(cells)), 0), cells - 1)
        }
        for bar in line.bars {
            for index in cell(bar.begin)...max(cell(bar.end), cell(bar.begin)) { strip[index] = bar.state.sign }
        }
        // A start shorter than a cell is seen all the same.
        for bar in line.bars where bar.state == .starting || bar.state == .stopping {
            strip[cell(bar.begin)] = bar.state.sign
        }
        for mark in line.marks where mark.kind == .failed { strip[cell(mark.at)] = "x" }
        return String(strip)
    }
}

extension Timeline.Chain {
    /// The steps on one line, with what each took.
    var text: String {
        self.steps.map { step in
            let took = TimeText.milliseconds(step.end - step.begin)
            return switch step.state {
            case .starting: "\(step.name) \(took)"
            default: "\(step.name) \(step.state.rawValue) \(took)"
            }
        }.joined(separator: " → ")
    }
}

extension ManifoldState {
    fileprivate var sign: Character {
        switch self {
        case .starting: ">"
        case .started: "+"
        case .ready: "="
        case .stopping: "<"
        case .backingOff: "~"
        case .parked, .finished: "o"
        case .unknown, .waiting: " "
        }
    }
}
