extension EngineMachine {
    /// Remembers what the live inputs of `id` hold as its instance begins.
    mutating func beginLive(_ id: ManifoldID) {
        for index in self.nodes[id].delivered.indices {
            self.nodes[id].delivered[index] = self.liveGeneration(id, index)
        }
    }

    /// Tells the instance of `id`, whose settle window is over, what became of its live inputs.
    mutating func deliverLive(_ id: ManifoldID) {
        for index in self.nodes[id].delivered.indices where self.nodes[id].inputs[index].isLive {
            let generation = self.liveGeneration(id, index)
            guard generation != self.nodes[id].delivered[index] else { continue }
            self.nodes[id].delivered[index] = generation
            self.actions.append(.deliver(id, input: index))
        }
    }

    /// A live input of `dependent` goes or is replaced: its user hears of it after a settle window.
    mutating func liveChanged(_ dependent: MachineNode.Dependent) {
        guard let instance = self.nodes[dependent.manifold].instance, instance.stopReason == nil else { return }
        self.armSettle(dependent.manifold)
    }

    private func liveGeneration(_ id: ManifoldID, _ index: Int) -> Int {
        let input = self.nodes[id].inputs[index]
        guard input.isLive, self.nodes[input.provider].isOffered else { return 0 }
        return self.nodes[input.provider].generation
    }
}
