extension Engine {
    /// Cells for the live inputs of the instance of `id` that begins, holding what the machine says it begins with.
    func makeLive(_ id: ManifoldID) -> [OutputCell] {
        let inputs = self.machine.nodes[id].inputs
        self.slots[id].live = self.machine.nodes[id].delivered.indices
            .filter { inputs[$0].isLive }
            .map { LiveCell(input: $0, cell: OutputCell(name: self.machine.nodes[inputs[$0].provider].name)) }
        for live in self.slots[id].live { self.fill(live, of: id) }
        return self.slots[id].live.map(\.cell)
    }

    func deliver(_ id: ManifoldID, _ input: Int) {
        for live in self.slots[id].live where live.input == input { self.fill(live, of: id) }
    }

    private func fill(_ live: LiveCell, of id: ManifoldID) {
        let node = self.machine.nodes[id]
        let generation = node.delivered[live.input]
        let source = self.slots[node.inputs[live.input].provider].cell
        live.cell.set(generation == 0 ? nil : source.current, generation: generation)
    }

    /// Lets go of the live inputs of an instance that has ended.
    func endLive(_ id: ManifoldID) {
        self.finishLive(id)
        self.slots[id].live = []
    }

    func finishLive(_ id: ManifoldID) {
        for live in self.slots[id].live { live.cell.finish() }
    }

    /// What the members of the groups of `id` offer to its instance that begins.
    func members(for id: ManifoldID) -> [InputValues.Member] {
        let node = self.machine.nodes[id]
        return node.inputs.indices.compactMap { index in
            let input = node.inputs[index]
            guard let group = input.group, node.received[index] != 0,
                let value = self.slots[input.provider].cell.current
            else { return nil }
            return InputValues.Member(
                group: self.machine.groups[Int(group)].name,
                name: self.machine.nodes[input.provider].name,
                value: value
            )
        }
    }
}
