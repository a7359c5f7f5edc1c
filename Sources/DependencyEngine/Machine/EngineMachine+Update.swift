/// A change of the graph while it runs: some declarations go, others come, and a name in both gets a successor.
extension EngineMachine {
    /// Checks the change whole against the graph as it will be, then makes it; refused, it changes nothing.
    mutating func update(
        removing removed: [String],
        installing declarations: [MachineDeclaration],
        now: Duration
    ) throws(InstallError) {
        self.now = max(self.now, now)
        guard self.state == .idle || self.state == .running else { throw .ended }
        let leaving = try self.identifyRemoved(removed)
        let gone = Set(leaving)
        let places = try self.checkNames(declarations, without: gone)
        try self.checkPolicies(declarations)
        let isInOrder = try self.checkTypes(declarations, places, without: gone)
        try self.checkGroups(declarations, without: gone)
        if !isInOrder { try self.checkCycles(declarations, without: gone) }
        for id in leaving {
            self.nodes[id].isLeaving = true
            self.successors[id] = nil
        }
        let new = declarations.filter { !self.keepSuccessor($0) }
        // Before a member takes its edges with it; they are looked at when all is as it will be.
        let expectant = leaving.flatMap { self.expectant(of: $0) }
        // What is there already stops offering before anything new looks at it.
        for id in leaving { self.leave(id) }
        // Exactly, for the first and for what more than doubles the graph: half of a grown array is empty.
        if new.count > self.nodes.count {
            self.nodes.reserveCapacity(self.nodes.count + new.count)
            self.ids.reserveCapacity(self.nodes.count + new.count)
        }
        let added = new.map { self.add($0) }
        guard self.state == .running else { return }
        for id in leaving { self.considerStart(id) }
        for id in added { self.considerStart(id) }
        for id in expectant where self.nodes[id].settle == .armed { self.considerStart(id) }
    }

    /// What `id` will be once every change so far is done, and `leaving` with it; nil for nothing.
    func futureDeclaration(_ id: ManifoldID, without leaving: Set<ManifoldID>) -> MachineDeclaration? {
        // Empty for every plain install: no hashing then.
        if !leaving.isEmpty && leaving.contains(id) { return nil }
        return self.nodes[id].isLeaving ? self.successors[id] : self.nodes[id].declaration
    }

    func futureDeclaration(_ name: String, without leaving: Set<ManifoldID>) -> MachineDeclaration? {
        self.ids[name].flatMap { self.futureDeclaration($0, without: leaving) }
    }

    /// Declarations that wait for an old instance to end, and are part of the graph as it will be; by name.
    func pending(without leaving: Set<ManifoldID>) -> [MachineDeclaration] {
        if self.successors.isEmpty { return [] }
        return self.successors.filter { !leaving.contains($0.key) }.values.sorted { $0.name < $1.name }
    }

    private func identifyRemoved(_ names: [String]) throws(InstallError) -> [ManifoldID] {
        var seen: Set<ManifoldID> = []
        var leaving: [ManifoldID] = []
        for name in names {
            guard let id = self.ids[name], self.futureDeclaration(id, without: []) != nil else {
                throw .notInstalled(name)
            }
            if seen.insert(id).inserted { leaving.append(id) }
        }
        return leaving
    }

    /// Keeps `declaration` for the end of the instance that has its name; false when the name is free.
    private mutating func keepSuccessor(_ declaration: MachineDeclaration) -> Bool {
        guard let id = self.ids[declaration.name], self.nodes[id].isLeaving else { return false }
        // The names around it exist from now on, as after any install.
        for edge in declaration.edges { _ = self.identify(edge.name) }
        self.successors[id] = declaration
        return true
    }

    /// Makes the declaration of `id` go: at once, or when its instance has ended.
    private mutating func leave(_ id: ManifoldID) {
        self.disarmSettle(id)
        if self.nodes[id].instance == nil {
            self.succeed(id)
        } else {
            self.requestStop(id, self.successors[id] == nil ? .uninstalled : .replaced)
        }
    }

    /// Drops the declaration of `id`, whose instance has ended, and puts its successor there if it has one.
    mutating func succeed(_ id: ManifoldID) {
        let wasParked = self.nodes[id].hold == .byOperator
        let successor = self.successors.removeValue(forKey: id)
        self.remove(id, isReplaced: successor != nil)
        guard let successor else { return }
        self.add(successor)
        // An operator's word is about the name, and stands until taken back.
        if wasParked { self.nodes[id].hold = .byOperator }
    }
}
