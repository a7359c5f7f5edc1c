/// Where on a box's sides lines begin and end: each arrow by itself, each trunk once.
struct GraphPorts {
    private struct Port: Hashable {
        var slot: Int
        var isRight: Bool
        /// The trunk that begins here, or the segment that ends here, as a negative number.
        var key: Int
    }

    private let slots: GraphSlots
    private var counts: [Int: (left: Int, right: Int)] = [:]

    private static let distance = 11.0

    init(_ slots: GraphSlots) {
        self.slots = slots
        var seen: Set<Port> = []
        for (index, segment) in slots.segments.enumerated() {
            for port in [self.leftEnd(index, segment), self.rightEnd(index, segment)] where seen.insert(port).inserted {
                if port.isRight {
                    self.counts[port.slot, default: (0, 0)].right += 1
                } else {
                    self.counts[port.slot, default: (0, 0)].left += 1
                }
            }
        }
    }

    /// The most ports on one side of `box`.
    func most(at box: Int) -> Int {
        self.counts[box].map { max($0.left, $0.right) } ?? 0
    }

    /// How far from the middle of its slot each segment begins and ends, in the order of what it leads to.
    func offsets(middle: [Double]) -> (left: [Double], right: [Double]) {
        var others: [Port: [Double]] = [:]
        for (index, segment) in self.slots.segments.enumerated() {
            others[self.leftEnd(index, segment), default: []].append(middle[segment.right])
            others[self.rightEnd(index, segment), default: []].append(middle[segment.left])
        }
        var sides: [Port: [(port: Port, at: Double)]] = [:]
        for (port, ys) in others {
            let side = Port(slot: port.slot, isRight: port.isRight, key: 0)
            sides[side, default: []].append((port, ys.reduce(0, +) / Double(ys.count)))
        }
        var offset: [Port: Double] = [:]
        for ports in sides.values {
            let sorted = ports.sorted { ($0.at, $0.port.key) < ($1.at, $1.port.key) }
            for (index, one) in sorted.enumerated() {
                offset[one.port] = (Double(index) - Double(sorted.count - 1) / 2) * Self.distance
            }
        }
        let segments = self.slots.segments.enumerated()
        return (
            segments.map { self.isBox($1.left) ? offset[self.leftEnd($0, $1)] ?? 0 : 0 },
            segments.map { self.isBox($1.right) ? offset[self.rightEnd($0, $1)] ?? 0 : 0 }
        )
    }

    private func isBox(_ slot: Int) -> Bool { self.slots.slots[slot].box != nil }

    private func leftEnd(_ index: Int, _ segment: GraphSlots.Segment) -> Port {
        Port(slot: segment.left, isRight: true, key: segment.tip == .left ? -1 - index : segment.trunk)
    }

    private func rightEnd(_ index: Int, _ segment: GraphSlots.Segment) -> Port {
        Port(slot: segment.right, isRight: false, key: segment.tip == .right ? -1 - index : segment.trunk)
    }
}
