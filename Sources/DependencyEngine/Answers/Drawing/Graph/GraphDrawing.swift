/// The graph as SVG: columns from left to right, lines that run round the boxes, a legend.
struct GraphDrawing {
    private let picture: GraphPicture
    private let layout: GraphLayout
    private var text = ""

    private static let margin = 24.0
    private static let header = 52.0
    private static let narrowest = 620.0

    /// Above this many boxes, or lines, a plainer drawing is made: nobody could follow the lines.
    private static let mostBoxes = 300
    private static let mostEdges = 1_500

    static func svg(_ picture: GraphPicture) -> String {
        guard picture.boxes.count <= self.mostBoxes, picture.edges.count <= self.mostEdges else {
            return PlainGraphDrawing.svg(picture)
        }
        return self.svg(picture, GraphLayout(picture))
    }

    static func svg(_ picture: GraphPicture, _ layout: GraphLayout) -> String {
        var drawing = GraphDrawing(picture: picture, layout: layout)
        return drawing.draw()
    }

    private init(picture: GraphPicture, layout: GraphLayout) {
        self.picture = picture
        self.layout = layout
    }

    private mutating func draw() -> String {
        let width = max(self.layout.width + 2 * Self.margin, Self.narrowest)
        let legend = GraphLegend(self.picture, width: width - 2 * Self.margin)
        let top = Self.header
        let height = top + self.layout.height + 28 + legend.height + Self.margin
        self.text = SVGText.opening(width: width, height: height, title: self.picture.title)
        self.text += """
            <text class="ink" x="\(SVGText.number(Self.margin))" y="30" font-size="15" font-weight="bold">\
            \(SVGText.escaped(self.picture.title))</text>
            <g transform="translate(\(SVGText.number(Self.margin)) \(SVGText.number(top)))">

            """
        self.drawLines()
        for (box, rect) in zip(self.picture.boxes, self.layout.boxes) { self.draw(box, rect) }
        self.text += "</g>\n"
        self.text += legend.svg(x: Self.margin, y: top + self.layout.height + 28)
        return self.text + "</svg>\n"
    }

    private mutating func drawLines() {
        var paths = Array(repeating: "", count: self.layout.trunks.count)
        var tips = paths
        for curve in self.layout.curves {
            let middle = SVGText.number((curve.fromX + curve.toX) / 2)
            let (fromY, toY) = (SVGText.number(curve.fromY), SVGText.number(curve.toY))
            paths[curve.trunk] +=
                "M\(SVGText.number(curve.fromX)) \(fromY)"
                + "C\(middle) \(fromY) \(middle) \(toY) \(SVGText.number(curve.toX)) \(toY)"
            switch curve.tip {
            case .none: break
            case .right: tips[curve.trunk] += Self.tip(curve.toX, curve.toY, GraphLayout.tipLength)
            case .left: tips[curve.trunk] += Self.tip(curve.fromX, curve.fromY, -GraphLayout.tipLength)
            }
        }
        for pass in self.layout.passes {
            let y = SVGText.number(pass.y)
            paths[pass.trunk] += "M\(SVGText.number(pass.fromX)) \(y)H\(SVGText.number(pass.toX))"
        }
        for (index, trunk) in self.layout.trunks.enumerated() {
            let name = SVGText.escaped(self.picture.boxes[trunk.provider].name)
            self.text +=
                "<g><title>\(name), \(trunk.style.kind)</title>"
                + "<path class=\"line\" stroke-width=\"1.4\"\(trunk.style.dashes) d=\"\(paths[index])\"/>"
                + "<path class=\"tip\" d=\"\(tips[index])\"/></g>\n"
        }
    }

    private static func tip(_ x: Double, _ y: Double, _ length: Double) -> String {
        "M\(SVGText.number(x)) \(SVGText.number(y - 3.6))L\(SVGText.number(x + length)) \(SVGText.number(y))"
            + "L\(SVGText.number(x)) \(SVGText.number(y + 3.6))Z"
    }

    private mutating func draw(_ box: GraphPicture.Box, _ rect: GraphLayout.Rect) {
        let x = SVGText.number(rect.x + GraphLayout.padding)
        let dashes = box.state == .unknown ? " stroke-dasharray=\"4 3\"" : ""
        self.text += """
            <g><title>\(SVGText.escaped("\(box.name): \(GraphLayout.second(box))"))</title>\
            <rect class="\(box.state.cssClass) rim" x="\(SVGText.number(rect.x))" y="\(SVGText.number(rect.y))" \
            width="\(SVGText.number(rect.width))" height="\(SVGText.number(rect.height))" rx="6"\(dashes)/>\
            <text class="ink" x="\(x)" y="\(SVGText.number(rect.middle - 3))" \
            font-size="\(SVGText.number(GraphLayout.nameSize))" font-weight="bold">\
            \(SVGText.escaped(GraphLayout.shownName(box)))</text>\
            <text class="ink" x="\(x)" y="\(SVGText.number(rect.middle + 13))" \
            font-size="\(SVGText.number(GraphLayout.detailSize))">\(SVGText.escaped(GraphLayout.second(box)))</text></g>

            """
    }
}

extension GraphPicture.Style {
    var kind: String {
        switch self {
        case .solid: "required"
        case .dotted: "optional"
        case .dashed: "deferred"
        }
    }

    var dashes: String {
        switch self {
        case .solid: ""
        case .dotted: " stroke-dasharray=\"1.5 4\" stroke-linecap=\"round\""
        case .dashed: " stroke-dasharray=\"6 4\""
        }
    }
}
