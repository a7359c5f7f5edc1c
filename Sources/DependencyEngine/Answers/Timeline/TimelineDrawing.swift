extension Timeline {
    /// The first start as a picture; see `svg(_:)`.
    public var svg: String { self.svg(.start) }

    /// A window of the timeline as SVG: a row for each manifold, coloured as in the graph, the critical chain marked, and how
    /// long each takes to start. No script in it and nothing from outside. Draws at most 200 rows and says how many more
    /// there are.
    public func svg(_ window: Window) -> String {
        var drawing = TimelineDrawing(self.view(window, most: 200), forgotten: self.forgotten)
        return drawing.draw()
    }
}

/// One window of a timeline as SVG.
struct TimelineDrawing {
    private let view: Timeline.View
    private let forgotten: Int
    private let nameWidth: Double
    private let scale: Double
    private var text = ""

    private static let margin = 24.0
    private static let plotWidth = 820.0
    private static let blameWidth = 150.0
    private static let rowHeight = 24.0
    private static let barHeight = 14.0
    private static let top = 92.0

    init(_ view: Timeline.View, forgotten: Int) {
        self.view = view
        self.forgotten = forgotten
        let widest = view.lines.map { SVGText.width(of: $0.row.name, size: 12, bold: true) }.max() ?? 0
        self.nameWidth = min(max(widest, 80), 240).rounded(.up)
        self.scale = Self.plotWidth / max(view.end - view.begin, 0.001)
    }

    private var left: Double { Self.margin + self.nameWidth + 14 }
    private var right: Double { self.left + Self.plotWidth }
    private var bottom: Double { Self.top + Double(self.view.lines.count) * Self.rowHeight }
    private func x(_ at: Double) -> Double {
        self.left + min(max((at - self.view.begin) * self.scale, 0), Self.plotWidth)
    }
    private func y(_ line: Int) -> Double { Self.top + (Double(line) + 0.5) * Self.rowHeight }

    mutating func draw() -> String {
        let width = self.right + 16 + Self.blameWidth + Self.margin
        let states = ManifoldState.allCases.filter { state in
            self.view.lines.contains { $0.bars.contains { $0.state == state } }
        }
        let legend = GraphLegend(states, width: width - 2 * Self.margin)
        let notes = self.notes
        let height = self.bottom + 30 + legend.height + Double(notes.count) * 18 + Self.margin
        self.text = SVGText.opening(width: width, height: height, title: self.view.title)
        self.write(self.view.title, x: Self.margin, y: 30, size: 15, style: "class=\"ink\" font-weight=\"bold\"")
        if let chain = self.view.chain {
            let words = SVGText.fitted("critical chain: \(chain.text)", width: width - 2 * Self.margin, size: 12)
            self.write(words, x: Self.margin, y: 52, size: 12, style: "class=\"hotink\"")
        }
        self.drawBands()
        self.drawAxis()
        for (index, line) in self.view.lines.enumerated() { self.draw(line, index) }
        self.drawChain()
        self.text += legend.svg(x: Self.margin, y: self.bottom + 22)
        for (index, note) in notes.enumerated() {
            let y = self.bottom + 22 + legend.height + Double(index + 1) * 18
            self.write(note, x: Self.margin, y: y, size: 11, style: "class=\"dim\"")
        }
        return self.text + "</svg>\n"
    }

    private var notes: [String] {
        var notes: [String] = []
        if self.view.lines.isEmpty { notes.append("nothing to show here") }
        if self.view.leftOut > 0 { notes.append("\(self.view.leftOut) more manifolds are left out") }
        if self.forgotten > 0 { notes.append("\(self.forgotten) older transitions are forgotten") }
        return notes
    }

    private mutating func drawBands() {
        for index in self.view.lines.indices where index % 2 == 0 {
            self.text += "<rect class=\"band\" x=\"\(SVGText.number(Self.margin - 8))\""
            self.text += " y=\"\(SVGText.number(self.y(index) - Self.rowHeight / 2))\""
            self.text += " width=\"\(SVGText.number(self.right + 16 + Self.blameWidth + 16 - Self.margin))\""
            self.text += " height=\"\(SVGText.number(Self.rowHeight))\"/>\n"
        }
    }

    private mutating func drawAxis() {
        for tick in TimeAxis(length: self.view.end - self.view.begin).ticks {
            let x = SVGText.number(self.left + tick.at * self.scale)
            self.text +=
                "<path class=\"rule\" d=\"M\(x) \(SVGText.number(Self.top - 4))V\(SVGText.number(self.bottom))\"/>\n"
            self.text += "<text class=\"dim\" x=\"\(x)\" y=\"\(SVGText.number(Self.top - 10))\" font-size=\"11\""
            self.text += " text-anchor=\"middle\">\(tick.label)</text>\n"
        }
        self.text += "<text class=\"dim\" x=\"\(SVGText.number(self.right + 16 + Self.blameWidth))\""
        self.text += " y=\"\(SVGText.number(Self.top - 10))\" font-size=\"11\" text-anchor=\"end\">start took</text>\n"
    }

    private mutating func draw(_ line: Timeline.View.Line, _ index: Int) {
        let middle = self.y(index)
        let name = SVGText.fitted(line.row.name, width: self.nameWidth, size: 12, bold: true)
        let style = line.isCritical ? "class=\"hotink\" font-weight=\"bold\"" : "class=\"ink\""
        self.write(name, x: Self.margin, y: middle + 4, size: 12, style: style)
        for bar in line.bars {
            // Too short to be seen is drawn all the same.
            let from = min(self.x(bar.begin), self.right - 1.5)
            let width = max(self.x(bar.end) - from, 1.5)
            let took = TimeText.milliseconds(bar.end - bar.begin)
            self.text += "<g><title>\(SVGText.escaped(line.row.name)): \(bar.state.rawValue) \(took)</title>"
            self.text += "<rect class=\"\(bar.state.cssClass)\" x=\"\(SVGText.number(from))\""
            self.text += " y=\"\(SVGText.number(middle - Self.barHeight / 2))\" width=\"\(SVGText.number(width))\""
            self.text += " height=\"\(SVGText.number(Self.barHeight))\" rx=\"1.5\"/>"
            // A mark where the bar begins must not cover the words.
            let indent: Double = line.marks.contains { abs(self.x($0.at) - from) < 8 } ? 11 : 5
            if bar.state != .ready, !bar.isCut, SVGText.width(of: took, size: 10) + indent + 5 < width {
                let (left, base) = (SVGText.number(from + indent), SVGText.number(middle + 3.5))
                self.text += "<text class=\"ink\" x=\"\(left)\" y=\"\(base)\" font-size=\"10\">\(took)</text>"
            }
            self.text += "</g>\n"
        }
        for mark in line.marks { self.draw(mark, middle) }
        self.drawBlame(line.row, middle)
    }

    /// A cross where something failed, a ring where a worker asked to be started again.
    private mutating func draw(_ mark: Timeline.Mark, _ middle: Double) {
        let (x, y) = (SVGText.number(self.x(mark.at)), SVGText.number(middle))
        self.text += "<g><title>\(mark.kind.rawValue)</title>"
        if mark.kind == .bounced {
            self.text += "<circle class=\"hot\" cx=\"\(x)\" cy=\"\(y)\" r=\"4\" stroke-width=\"2\"/></g>\n"
        } else {
            self.text += "<path class=\"hot\" stroke-width=\"2\" d=\"M\(x) \(y)m-4 -4l8 8m0 -8l-8 8\"/></g>\n"
        }
    }

    private mutating func drawBlame(_ row: Timeline.Row, _ middle: Double) {
        guard let took = row.startTook else { return }
        let most = self.view.lines.compactMap(\.row.startTook).max() ?? took
        let width = most > 0 ? took / most * (Self.blameWidth - 64) : 0
        self.text +=
            "<rect class=\"blame\" x=\"\(SVGText.number(self.right + 16))\" y=\"\(SVGText.number(middle - 5))\""
        self.text += " width=\"\(SVGText.number(max(width, 1)))\" height=\"10\" rx=\"1.5\"/>"
        self.text += "<text class=\"ink\" x=\"\(SVGText.number(self.right + 16 + Self.blameWidth))\""
        self.text += " y=\"\(SVGText.number(middle + 4))\" font-size=\"11\" text-anchor=\"end\">"
        self.text += "\(TimeText.milliseconds(took))</text>\n"
    }

    /// Frames the chain's bars and leads from each to the next.
    private mutating func drawChain() {
        guard let chain = self.view.chain else { return }
        var places: [String: Int] = [:]
        for (index, line) in self.view.lines.enumerated() { places[line.row.name] = index }
        var previous: (x: Double, y: Double)?
        for step in chain.steps {
            guard let place = places[step.name], step.begin <= self.view.end else { continue }
            let (from, to, middle) = (self.x(step.begin), self.x(step.end), self.y(place))
            self.text += "<rect class=\"hot\" stroke-width=\"1.8\" x=\"\(SVGText.number(from))\""
            self.text += " y=\"\(SVGText.number(middle - Self.barHeight / 2))\""
            self.text += " width=\"\(SVGText.number(max(to - from, 1.5)))\""
            self.text += " height=\"\(SVGText.number(Self.barHeight))\" rx=\"1.5\"/>\n"
            if let previous, abs(previous.y - middle) > 1 {
                let edge = previous.y < middle ? Self.barHeight / 2 : -Self.barHeight / 2
                self.text += "<path class=\"hot\" stroke-width=\"1.8\" d=\"M\(SVGText.number(previous.x))"
                self.text += " \(SVGText.number(previous.y + edge))V\(SVGText.number(middle - edge))"
                self.text += "H\(SVGText.number(from))\"/>\n"
            }
            previous = (to, middle)
        }
    }

    private mutating func write(_ words: String, x: Double, y: Double, size: Double, style: String) {
        self.text += "<text \(style) x=\"\(SVGText.number(x))\" y=\"\(SVGText.number(y))\""
        self.text += " font-size=\"\(SVGText.number(size))\">\(SVGText.escaped(words))</text>\n"
    }
}
