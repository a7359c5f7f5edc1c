/// Where everything in a drawing of the graph stands; a pure function of the picture.
struct GraphLayout {
    struct Rect: Sendable, Hashable {
        var x = 0.0
        var y = 0.0
        var width = 0.0
        var height = 0.0

        var right: Double { self.x + self.width }
        var bottom: Double { self.y + self.height }
        var middle: Double { self.y + self.height / 2 }
    }

    /// A line between two columns, level at both ends, so that it stays between them.
    struct Curve {
        var fromX: Double
        var fromY: Double
        var toX: Double
        var toY: Double
        var trunk: Int
        var tip: GraphSlots.Tip
    }

    /// A line across a column, between its boxes.
    struct Pass {
        var fromX: Double
        var toX: Double
        var y: Double
        var trunk: Int
    }

    private(set) var boxes: [Rect]
    private(set) var curves: [Curve] = []
    private(set) var passes: [Pass] = []
    private(set) var trunks: [GraphSlots.Trunk]
    private(set) var width = 0.0
    private(set) var height = 0.0

    static let nameSize = 13.0
    static let detailSize = 11.0
    static let padding = 10.0
    static let tipLength = 7.0
    private static let widestName = 230.0

    init(_ picture: GraphPicture) {
        var slots = GraphSlots(picture, layer: GraphLayers(picture).layer)
        slots.untangle()
        self.boxes = picture.boxes.map { Rect(width: Self.width(of: $0), height: 46) }
        self.trunks = slots.trunks
        let ports = GraphPorts(slots)
        for box in self.boxes.indices {
            self.boxes[box].height = max(46, 14 + 11 * Double(ports.most(at: box)))
        }
        let tops = GraphRows(slots, heights: self.boxes.map(\.height))
        for box in self.boxes.indices { self.boxes[box].y = tops.middle[box] - self.boxes[box].height / 2 }
        let columns = self.place(slots, tops.middle)
        self.draw(slots, tops.middle, columns, ports)
        self.height = tops.height
    }

    static func second(_ box: GraphPicture.Box) -> String {
        box.detail.isEmpty ? box.state.rawValue : "\(box.state.rawValue) · \(box.detail)"
    }

    static func shownName(_ box: GraphPicture.Box) -> String {
        SVGText.fitted(box.name, width: self.widestName, size: self.nameSize, bold: true)
    }

    private static func width(of box: GraphPicture.Box) -> Double {
        let name = SVGText.width(of: self.shownName(box), size: self.nameSize, bold: true)
        let second = SVGText.width(of: self.second(box), size: self.detailSize)
        return max(name, second, 70).rounded(.up) + 2 * self.padding
    }

    /// Gives columns their places from left to right; the more and the steeper lines a gap holds the wider it is.
    private mutating func place(_ slots: GraphSlots, _ middle: [Double]) -> [(left: Double, right: Double)] {
        var lines = Array(repeating: 0, count: slots.columns.count)
        var steepest = Array(repeating: 0.0, count: slots.columns.count)
        for segment in slots.segments {
            let column = slots.slots[segment.left].layer
            lines[column] += 1
            steepest[column] = max(steepest[column], abs(middle[segment.left] - middle[segment.right]))
        }
        var columns: [(left: Double, right: Double)] = []
        var x = 0.0
        for (index, column) in slots.columns.enumerated() {
            let width = column.compactMap { slots.slots[$0].box }.map { self.boxes[$0].width }.max() ?? 20
            for slot in column {
                guard let box = slots.slots[slot].box else { continue }
                self.boxes[box].x = x
                self.boxes[box].width = width
            }
            columns.append((x, x + width))
            self.width = x + width
            x += width + min(max(56 + 3 * Double(lines[index]), 0.4 * steepest[index]), 190)
        }
        return columns
    }

    private mutating func draw(
        _ slots: GraphSlots,
        _ middle: [Double],
        _ columns: [(left: Double, right: Double)],
        _ ports: GraphPorts
    ) {
        let offsets = ports.offsets(middle: middle)
        for (index, segment) in slots.segments.enumerated() {
            let column = slots.slots[segment.left].layer
            self.curves.append(
                Curve(
                    fromX: columns[column].right + (segment.tip == .left ? Self.tipLength : 0),
                    fromY: middle[segment.left] + offsets.left[index],
                    toX: columns[column + 1].left - (segment.tip == .right ? Self.tipLength : 0),
                    toY: middle[segment.right] + offsets.right[index],
                    trunk: segment.trunk,
                    tip: segment.tip
                )
            )
        }
        var passed: Set<Int> = []
        for segment in slots.segments {
            guard slots.slots[segment.left].box == nil, passed.insert(segment.left).inserted else { continue }
            let (left, right) = columns[slots.slots[segment.left].layer]
            self.passes.append(Pass(fromX: left, toX: right, y: middle[segment.left], trunk: segment.trunk))
        }
    }
}
