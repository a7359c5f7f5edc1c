/// What the colours and the lines of a drawing mean: those it uses.
struct GraphLegend {
    private enum Item {
        case state(ManifoldState)
        case line(GraphPicture.Style)

        var text: String {
            switch self {
            case .state(let state): state.rawValue
            case .line(let style): style.kind
            }
        }
    }

    private struct Placed {
        var item: Item
        var x: Double
        var row: Int
    }

    private var placed: [Placed] = []
    private static let rowHeight = 20.0

    /// How much room it takes.
    let height: Double

    init(_ picture: GraphPicture, width: Double) {
        let states = Set(picture.boxes.map(\.state))
        let styles = Set(picture.edges.map(\.style))
        let items =
            ManifoldState.allCases.filter { states.contains($0) }.map { Item.state($0) }
            + styles.sorted().map { Item.line($0) }
        self.init(items, width: width)
    }

    /// States alone.
    init(_ states: [ManifoldState], width: Double) {
        self.init(states.map { Item.state($0) }, width: width)
    }

    private init(_ items: [Item], width: Double) {
        var x = 0.0
        var row = 0
        for item in items {
            let wide = 40 + SVGText.width(of: item.text, size: 11) + 16
            if x > 0 && x + wide > width {
                x = 0
                row += 1
            }
            self.placed.append(Placed(item: item, x: x, row: row))
            x += wide
        }
        self.height = items.isEmpty ? 0 : Double(row + 1) * Self.rowHeight
    }

    func svg(x: Double, y: Double) -> String {
        self.placed.map { one in
            let left = x + one.x
            let middle = y + (Double(one.row) + 0.5) * Self.rowHeight
            let sign =
                switch one.item {
                case .state(let state):
                    "<rect class=\"\(state.cssClass) rim\" x=\"\(SVGText.number(left))\" y=\"\(SVGText.number(middle - 6))\""
                        + " width=\"32\" height=\"12\" rx=\"3\"/>"
                case .line(let style):
                    "<path class=\"line\" stroke-width=\"1.4\"\(style.dashes)"
                        + " d=\"M\(SVGText.number(left)) \(SVGText.number(middle))h32\"/>"
                }
            return sign
                + "<text class=\"dim\" x=\"\(SVGText.number(left + 40))\" y=\"\(SVGText.number(middle + 4))\""
                + " font-size=\"11\">\(one.item.text)</text>\n"
        }.joined()
    }
}
