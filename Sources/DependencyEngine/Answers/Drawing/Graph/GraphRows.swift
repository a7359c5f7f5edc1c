/// How high each slot stands: near its neighbours, in its column's order, with room between.
struct GraphRows {
    /// By slot.
    private(set) var middle: [Double]
    private(set) var height = 0.0
    private let heights: [Double]

    init(_ slots: GraphSlots, heights: [Double]) {
        self.heights = heights
        self.middle = Array(repeating: 0, count: slots.slots.count)
        for column in slots.columns {
            var y = 0.0
            for (index, slot) in column.enumerated() {
                if index > 0 { y += self.distance(column[index - 1], slot, slots) }
                self.middle[slot] = y
            }
            for slot in column { self.middle[slot] -= y / 2 }
        }
        let rounds = slots.slots.count > 2_000 ? 4 : 16
        for round in 0..<rounds {
            let isLast = round >= rounds - 4
            for column in slots.columns { self.align(column, slots, left: true, right: isLast) }
            for column in slots.columns.reversed() { self.align(column, slots, left: isLast, right: true) }
        }
        self.normalize(slots)
    }

    /// The least distance between the middles of two neighbours in a column.
    private func distance(_ upper: Int, _ lower: Int, _ slots: GraphSlots) -> Double {
        let gap: Double =
            switch (slots.slots[upper].box, slots.slots[lower].box) {
            case (_?, _?): 22
            case (nil, nil): 13
            default: 15
            }
        return self.half(upper, slots) + gap + self.half(lower, slots)
    }

    private func half(_ slot: Int, _ slots: GraphSlots) -> Double {
        slots.slots[slot].box.map { self.heights[$0] / 2 } ?? 0
    }

    /// Moves a column's slots to the mean of their neighbours, as near as order and room allow: least squares under
    /// an order, by pooling neighbours that would be out of it.
    private mutating func align(_ column: [Int], _ slots: GraphSlots, left: Bool, right: Bool) {
        var blocks: [(sum: Double, weight: Double, count: Int)] = []
        var offsets: [Double] = []
        for (index, slot) in column.enumerated() {
            let offset = index == 0 ? 0 : offsets[index - 1] + self.distance(column[index - 1], slot, slots)
            offsets.append(offset)
            let beside = (left ? slots.slots[slot].left : []) + (right ? slots.slots[slot].right : [])
            let wish =
                beside.isEmpty
                ? self.middle[slot] : beside.reduce(0) { $0 + self.middle[$1] } / Double(beside.count)
            // Lines that only pass are to be straight; what has no wish of its own gives way.
            let weight = beside.isEmpty ? 0.2 : slots.slots[slot].box == nil ? 3 : 1
            blocks.append(((wish - offset) * weight, weight, 1))
            while blocks.count > 1 {
                let (lower, upper) = (blocks[blocks.count - 1], blocks[blocks.count - 2])
                guard upper.sum / upper.weight > lower.sum / lower.weight else { break }
                blocks.removeLast()
                blocks[blocks.count - 1] = (
                    upper.sum + lower.sum, upper.weight + lower.weight, upper.count + lower.count
                )
            }
        }
        var index = 0
        for block in blocks {
            for _ in 0..<block.count {
                self.middle[column[index]] = block.sum / block.weight + offsets[index]
                index += 1
            }
        }
    }

    private mutating func normalize(_ slots: GraphSlots) {
        let top = slots.slots.indices.map { self.middle[$0] - self.half($0, slots) }.min() ?? 0
        for slot in self.middle.indices { self.middle[slot] = (self.middle[slot] - top).rounded() }
        self.height = slots.slots.indices.map { self.middle[$0] + self.half($0, slots) }.max() ?? 0
    }
}
