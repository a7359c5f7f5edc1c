extension Engine {
    /// Changes what is installed in one step, all or nothing, while everything else runs on.
    ///
    /// The change is checked whole, against the graph as it will be, and a refused one changes nothing. A name in both
    /// lists is replaced: its dependents stop first, then it, then the new declaration starts with a clean record, and
    /// the dependents come back by themselves with its output. A name only in `removed` is uninstalled; what still
    /// needs it waits. A name that was parked on request stays parked until resumed, whoever bears it.
    ///
    /// Returns without waiting for any of that; `settled` and `ready` do. A further change may come at any time: of
    /// several declarations that wait for an old instance to end, only the newest starts.
    public func update(removing removed: [String] = [], installing graph: Graph = Graph()) throws(InstallError) {
        try self.change(removing: removed, installing: graph.manifolds)
    }

    /// The one way into the graph, for installs and updates.
    func change(removing removed: [String], installing manifolds: [Manifold]) throws(InstallError) {
        let now = self.clock.now()
        let declarations = manifolds.map { MachineDeclaration($0) }
        try self.machine.update(removing: removed, installing: declarations, now: now)
        let actions = self.machine.takeActions()
        if self.recorder != nil { self.record(removing: removed, installing: declarations, at: now, actions) }
        if self.machine.nodes.count > 2 * self.slots.count { self.slots.reserveCapacity(self.machine.nodes.count) }
        for id in self.slots.count..<self.machine.nodes.count {
            self.slots.append(Slot(cell: OutputCell(name: self.machine.nodes[id].name)))
        }
        // Also where an old instance still runs: its start function is not called again.
        for manifold in manifolds {
            if let id = self.machine.ids[manifold.name] {
                self.slots[id].starter = Starter(manifold)
            }
        }
        self.perform(actions)
        self.armTimer()
        self.wakeWaiters()
    }
}
