/// From well-mixed 64-bit hashes to numbers: open addressing, and no gravestones, so what comes and goes leaves nothing.
struct HashIndex: Sendable {
    private struct Cell: Sendable {
        var hash: UInt64
        var value: Int32
    }

    private var cells = ContiguousArray(repeating: Cell(hash: 0, value: QueueSlab.none), count: 16)
    private(set) var count = 0

    private var mask: Int { self.cells.count - 1 }

    /// The number of `hash`, or `QueueSlab.none`.
    subscript(hash: UInt64) -> Int32 {
        get { self.cells[self.place(of: hash)].value }
        set {
            var place = self.place(of: hash)
            if newValue == QueueSlab.none { return self.remove(at: place) }
            if self.cells[place].value == QueueSlab.none {
                self.count += 1
                if self.count * 2 > self.cells.count {
                    self.grow()
                    place = self.place(of: hash)
                }
            }
            self.cells[place] = Cell(hash: hash, value: newValue)
        }
    }

    /// Where `hash` is, or the empty cell where it would be.
    private func place(of hash: UInt64) -> Int {
        var place = Int(truncatingIfNeeded: hash) & self.mask
        while self.cells[place].value != QueueSlab.none, self.cells[place].hash != hash {
            place = (place + 1) & self.mask
        }
        return place
    }

    /// Empties a cell and moves up those that had to pass it.
    private mutating func remove(at place: Int) {
        guard self.cells[place].value != QueueSlab.none else { return }
        self.count -= 1
        var (hole, place) = (place, place)
        while true {
            place = (place + 1) & self.mask
            guard self.cells[place].value != QueueSlab.none else { break }
            let home = Int(truncatingIfNeeded: self.cells[place].hash) & self.mask
            if (place - home) & self.mask >= (place - hole) & self.mask {
                self.cells[hole] = self.cells[place]
                hole = place
            }
        }
        self.cells[hole].value = QueueSlab.none
    }

    private mutating func grow() {
        let old = self.cells
        self.cells = ContiguousArray(repeating: Cell(hash: 0, value: QueueSlab.none), count: old.count * 2)
        for cell in old where cell.value != QueueSlab.none { self.cells[self.place(of: cell.hash)] = cell }
    }
}
