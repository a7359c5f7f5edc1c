/// A drawing of a graph too large to follow its lines: columns of small boxes, and lines only while they are few.
///
/// Linear in boxes and edges, so that ten thousand manifolds are drawn in a moment.
enum PlainGraphDrawing {
    private static let boxWidth = 150.0
    private static let boxHeight = 16.0
    private static let rowDistance = 20.0
    private static let mostRows = 60
    private static let mostEdges = 2_000

    static func svg(_ picture: GraphPicture) -> String {
        let (places, columns, rows) = self.places(picture)
        let hasLines = picture.edges.count <= self.mostEdges
        let width = max(Double(columns) * (self.boxWidth + 40) + 20, 620)
        let legend = GraphLegend(picture, width: width - 48)
        let bottom = 76 + Double(rows) * self.rowDistance
        var text = SVGText.opening(width: width, height: bottom + 20 + legend.height + 20, title: picture.title)
        text += "<text class=\"ink\" x=\"24\" y=\"30\" font-size=\"15\" font-weight=\"bold\">"
        text += "\(SVGText.escaped(picture.title))</text>\n"
        text +=
            "<text class=\"dim\" x=\"24\" y=\"50\" font-size=\"11\">a plain drawing, since there are many: each column"
        text += " needs only what stands to its left"
        text += hasLines ? "</text>\n" : "; \(picture.edges.count) lines are left out</text>\n"
        if hasLines { text += self.lines(picture, places) }
        for (box, place) in zip(picture.boxes, places) { text += self.box(box, x: place.x, y: place.y) }
        return text + legend.svg(x: 24, y: bottom + 20) + "</svg>\n"
    }

    /// Column by column; a layer that is too long for one takes several.
    private static func places(
        _ picture: GraphPicture
    ) -> (places: [(x: Double, y: Double)], columns: Int, rows: Int) {
        let layer = GraphLayers(picture).layer
        var members: [[Int]] = Array(repeating: [], count: (layer.max() ?? -1) + 1)
        for box in layer.indices { members[layer[box]].append(box) }
        var places = Array(repeating: (x: 0.0, y: 0.0), count: layer.count)
        var column = 0
        var rows = 0
        for boxes in members {
            for (index, box) in boxes.enumerated() {
                let row = index % self.mostRows
                if index > 0 && row == 0 { column += 1 }
                rows = max(rows, row + 1)
                places[box] = (24 + Double(column) * (self.boxWidth + 40), 68 + Double(row) * self.rowDistance)
            }
            column += 1
        }
        return (places, column, rows)
    }

    private static func lines(_ picture: GraphPicture, _ places: [(x: Double, y: Double)]) -> String {
        picture.edges.map { edge in
            let (from, to) = (places[edge.provider], places[edge.user])
            return "<path class=\"line\" stroke-opacity=\"0.4\"\(edge.style.dashes)"
                + " d=\"M\(SVGText.number(from.x + self.boxWidth)) \(SVGText.number(from.y + self.boxHeight / 2))"
                + "L\(SVGText.number(to.x)) \(SVGText.number(to.y + self.boxHeight / 2))\"/>\n"
        }.joined()
    }

    private static func box(_ box: GraphPicture.Box, x: Double, y: Double) -> String {
        let name = SVGText.fitted(box.name, width: self.boxWidth - 10, size: 10)
        return "<g><title>\(SVGText.escaped("\(box.name): \(GraphLayout.second(box))"))</title>"
            + "<rect class=\"\(box.state.cssClass) rim\" x=\"\(SVGText.number(x))\" y=\"\(SVGText.number(y))\""
            + " width=\"\(SVGText.number(self.boxWidth))\" height=\"\(SVGText.number(self.boxHeight))\" rx=\"3\"/>"
            + "<text class=\"ink\" x=\"\(SVGText.number(x + 5))\" y=\"\(SVGText.number(y + 12))\" font-size=\"10\">"
            + "\(SVGText.escaped(name))</text></g>\n"
    }
}
