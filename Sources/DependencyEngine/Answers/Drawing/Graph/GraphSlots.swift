/// Columns of slots: a box or a place where a line passes a column, so that no line runs through a box.
struct GraphSlots {
    struct Slot {
        var layer: Int
        /// Nil where a line only passes.
        var box: Int?
        /// Neighbours in the columns beside.
        var left: [Int] = []
        var right: [Int] = []
    }

    /// Lines of one kind from one provider, which run together as far as they can.
    struct Trunk: Hashable {
        var provider: Int
        var style: GraphPicture.Style
        /// Whether it leads to users on the left.
        var isBackward: Bool
    }

    /// A piece of a trunk between two neighbouring columns.
    struct Segment: Hashable {
        var left: Int
        var right: Int
        var trunk: Int
        /// At which end it meets its user.
        var tip: Tip
    }

    enum Tip { case none, left, right }

    private(set) var slots: [Slot]
    private(set) var trunks: [Trunk] = []
    private(set) var segments: [Segment] = []
    /// Slots by column, top to bottom.
    private(set) var columns: [[Int]]

    init(_ picture: GraphPicture, layer: [Int]) {
        self.slots = layer.enumerated().map { Slot(layer: $1, box: $0) }
        self.columns = Array(repeating: [], count: (layer.max() ?? -1) + 1)
        for box in layer.indices { self.columns[layer[box]].append(box) }
        var numbers: [Trunk: Int] = [:]
        var passes: [Int: [Int: Int]] = [:]
        var seen: Set<Segment> = []
        for edge in picture.edges where layer[edge.provider] != layer[edge.user] {
            let isBackward = layer[edge.user] < layer[edge.provider]
            let key = Trunk(provider: edge.provider, style: edge.style, isBackward: isBackward)
            let trunk = numbers[key] ?? self.trunks.count
            if trunk == self.trunks.count {
                self.trunks.append(key)
                numbers[key] = trunk
            }
            let (first, last) = isBackward ? (edge.user, edge.provider) : (edge.provider, edge.user)
            var previous = first
            for column in (layer[first] + 1)...layer[last] {
                let isEnd = column == layer[last]
                let slot = isEnd ? last : self.pass(of: trunk, in: column, &passes)
                let tip: Tip = isBackward ? (previous == first ? .left : .none) : (isEnd ? .right : .none)
                let segment = Segment(left: previous, right: slot, trunk: trunk, tip: tip)
                if seen.insert(segment).inserted {
                    self.segments.append(segment)
                    self.slots[previous].right.append(slot)
                    self.slots[slot].left.append(previous)
                }
                previous = slot
            }
        }
    }

    private mutating func pass(of trunk: Int, in column: Int, _ passes: inout [Int: [Int: Int]]) -> Int {
        if let slot = passes[trunk]?[column] { return slot }
        let slot = self.slots.count
        self.slots.append(Slot(layer: column, box: nil))
        self.columns[column].append(slot)
        passes[trunk, default: [:]][column] = slot
        return slot
    }

    // MARK: Order within the columns

    /// Orders each column by where its neighbours are, back and forth, and keeps the order with the fewest crossings.
    mutating func untangle(sweeps: Int = 24) {
        var best = self.columns
        var fewest = self.crossings()
        for sweep in 0..<sweeps where fewest > 0 {
            self.sweep(rightwards: sweep % 2 == 0)
            if self.slots.count <= 600 { self.exchange() }
            let crossings = self.crossings()
            if crossings < fewest {
                fewest = crossings
                best = self.columns
            }
        }
        self.columns = best
    }

    /// Pairs of segments that cross, in all gaps between columns.
    func crossings() -> Int {
        let position = self.positions()
        return self.columns.indices.dropLast().reduce(0) { sum, column in
            let ends = self.columns[column].flatMap { slot in self.slots[slot].right.map { position[$0] }.sorted() }
            return sum + Self.inversions(ends, below: self.columns[column + 1].count)
        }
    }

    private func positions() -> [Int] {
        var position = Array(repeating: 0, count: self.slots.count)
        for column in self.columns {
            for (index, slot) in column.enumerated() { position[slot] = index }
        }
        return position
    }

    private mutating func sweep(rightwards: Bool) {
        var position = self.positions()
        let order = rightwards ? Array(self.columns.indices) : self.columns.indices.reversed()
        for column in order {
            let keyed = self.columns[column].map { slot -> (key: Double, slot: Int) in
                let beside = rightwards ? self.slots[slot].left : self.slots[slot].right
                guard !beside.isEmpty else { return (Double(position[slot]), slot) }
                return (beside.reduce(0.0) { $0 + Double(position[$1]) } / Double(beside.count), slot)
            }
            let sorted = keyed.sorted { ($0.key, position[$0.slot]) < ($1.key, position[$1.slot]) }
            self.columns[column] = sorted.map(\.slot)
            for (index, slot) in self.columns[column].enumerated() { position[slot] = index }
        }
    }

    /// Exchanges neighbours wherever that saves a crossing.
    private mutating func exchange() {
        var position = self.positions()
        for column in self.columns.indices where self.columns[column].count > 1 {
            for index in 0..<(self.columns[column].count - 1) {
                let (upper, lower) = (self.columns[column][index], self.columns[column][index + 1])
                let now = self.pairCrossings(upper, lower, position)
                guard self.pairCrossings(lower, upper, position) < now else { continue }
                self.columns[column].swapAt(index, index + 1)
                position.swapAt(upper, lower)
            }
        }
    }

    private func pairCrossings(_ upper: Int, _ lower: Int, _ position: [Int]) -> Int {
        func count(_ above: [Int], _ below: [Int]) -> Int {
            above.reduce(0) { sum, one in sum + below.count { position[$0] < position[one] } }
        }
        return count(self.slots[upper].left, self.slots[lower].left)
            + count(self.slots[upper].right, self.slots[lower].right)
    }

    /// Pairs that stand in the wrong order, counted with a tree of sums.
    private static func inversions(_ values: [Int], below bound: Int) -> Int {
        var tree = Array(repeating: 0, count: bound + 1)
        var inversions = 0
        for (index, value) in values.enumerated() {
            var upTo = value + 1
            var notGreater = 0
            while upTo > 0 {
                notGreater += tree[upTo]
                upTo -= upTo & -upTo
            }
            inversions += index - notGreater
            var at = value + 1
            while at <= bound {
                tree[at] += 1
                at += at & -at
            }
        }
        return inversions
    }
}
