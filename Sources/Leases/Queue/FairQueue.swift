/// Claims, shared out among models: each model's turn is worth so many bytes (deficit round robin), so one that asks for
/// more waits longer and nobody else does.
struct FairQueue: Sendable {
    /// What a turn is worth.
    private static let quantum: Int32 = 256

    /// One model's claims.
    private struct Flow: Sendable {
        var model: UInt64
        var list = SlotList()
        var deficit: Int32 = 0
        /// Neighbours in the ring of those that have claims.
        var next: Int32
        var previous: Int32
    }

    private var flows: ContiguousArray<Flow> = []
    private var free: ContiguousArray<Int32> = []
    private var byModel = HashIndex()
    /// Whose turn it is.
    private var turn = QueueSlab.none
    private(set) var count = 0

    /// Models that have claims here.
    var models: Int { self.byModel.count }

    /// How many claims of `model` wait.
    func count(of model: UInt64) -> Int {
        let flow = self.byModel[model]
        return flow == QueueSlab.none ? 0 : self.flows[Int(flow)].list.count
    }

    mutating func append(_ slot: Int32, model: UInt64, in slab: inout QueueSlab) {
        var flow = self.byModel[model]
        if flow == QueueSlab.none { flow = self.open(model) }
        slab[slot].link = flow
        self.flows[Int(flow)].list.append(slot, in: &slab)
        self.count += 1
    }

    mutating func remove(_ slot: Int32, in slab: inout QueueSlab) {
        let flow = slab[slot].link
        self.flows[Int(flow)].list.remove(slot, in: &slab)
        self.count -= 1
        if self.flows[Int(flow)].list.count == 0 { self.close(flow) }
    }

    /// The claim whose turn it is: its model's oldest, or newest while that is better. Passes the turn on to find it.
    mutating func next(newest: Bool, in slab: QueueSlab) -> Int32 {
        guard self.turn != QueueSlab.none else { return QueueSlab.none }
        while true {
            let flow = Int(self.turn)
            let slot = newest ? self.flows[flow].list.last : self.flows[flow].list.first
            if self.flows[flow].deficit > 0 { return slot }
            self.flows[flow].deficit += Self.quantum
            self.turn = self.flows[flow].next
        }
    }

    /// Takes out what `next` returned, at its model's cost.
    mutating func take(_ slot: Int32, in slab: inout QueueSlab) {
        self.flows[Int(slab[slot].link)].deficit -= max(slab[slot].bytes, 1)
        self.remove(slot, in: &slab)
    }

    /// Adds to `old` what came before `instant`; the caller removes it.
    func findOlder(than instant: Int64, in slab: QueueSlab, into old: inout ContiguousArray<Int32>) {
        self.forEach(in: slab, while: { slab[$0].arrived < instant }) { old.append($0) }
    }

    /// Every claim, model by model, oldest first, for as long as `condition` holds in a model.
    func forEach(in slab: QueueSlab, while condition: (Int32) -> Bool = { _ in true }, _ body: (Int32) -> Void) {
        var flow = self.turn
        for _ in 0..<self.models {
            var slot = self.flows[Int(flow)].list.first
            while slot != QueueSlab.none, condition(slot) {
                body(slot)
                slot = slab[slot].next
            }
            flow = self.flows[Int(flow)].next
        }
    }

    // MARK: The ring

    /// A model's first claim: its turn comes last.
    private mutating func open(_ model: UInt64) -> Int32 {
        let flow = self.free.popLast() ?? Int32(self.flows.count)
        var new = Flow(model: model, next: flow, previous: flow)
        if self.turn != QueueSlab.none {
            new.next = self.turn
            new.previous = self.flows[Int(self.turn)].previous
        }
        if Int(flow) == self.flows.count { self.flows.append(new) } else { self.flows[Int(flow)] = new }
        self.flows[Int(new.previous)].next = flow
        self.flows[Int(new.next)].previous = flow
        if self.turn == QueueSlab.none { self.turn = flow }
        self.byModel[model] = flow
        return flow
    }

    private mutating func close(_ flow: Int32) {
        let (next, previous) = (self.flows[Int(flow)].next, self.flows[Int(flow)].previous)
        self.flows[Int(previous)].next = next
        self.flows[Int(next)].previous = previous
        if self.turn == flow { self.turn = next == flow ? QueueSlab.none : next }
        self.byModel[self.flows[Int(flow)].model] = QueueSlab.none
        self.free.append(flow)
    }
}
