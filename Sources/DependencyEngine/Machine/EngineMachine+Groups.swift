/// A group inside the machine: an index into its groups, given at the first mention of the name and never reused.
typealias GroupID = Int

/// Who is in a group and who needs it.
///
/// A group is no node: each needs-member pair is an optional input of the one on the other, added and taken away as
/// members come and go. Whatever holds for optional inputs holds for these.
struct MachineGroup: Sendable {
    /// What is known of the type, and where from.
    struct Use: Sendable {
        var manifold: ManifoldID
        var edge: GroupEdge
    }

    let name: String
    var members: [Use] = []
    var consumers: [Use] = []
}

extension EngineMachine {
    /// Whether this input of `id` stands for a member of a group.
    func isGroupInput(_ dependent: MachineNode.Dependent) -> Bool {
        self.nodes[dependent.manifold].inputs[dependent.input].group != nil
    }

    /// Adds the edges that the groups of `id`, just declared, stand for.
    mutating func joinGroups(_ id: ManifoldID) {
        guard let declaration = self.nodes[id].declaration else { return }
        for edge in declaration.joins {
            let group = self.identifyGroup(edge.group)
            self.groups[group].members.append(MachineGroup.Use(manifold: id, edge: edge))
            for consumer in self.groups[group].consumers { self.attach(id, to: consumer.manifold, group) }
        }
        for edge in declaration.collects {
            let group = self.identifyGroup(edge.group)
            self.groups[group].consumers.append(MachineGroup.Use(manifold: id, edge: edge))
            for member in self.groups[group].members where member.manifold != id {
                self.attach(member.manifold, to: id, group)
            }
        }
    }

    /// Takes `id`, whose instance has ended, out of its groups.
    mutating func leaveGroups(_ id: ManifoldID) {
        guard let declaration = self.nodes[id].declaration else { return }
        for edge in declaration.collects {
            let group = self.identifyGroup(edge.group)
            self.groups[group].consumers.removeAll { $0.manifold == id }
        }
        for edge in declaration.joins {
            let group = self.identifyGroup(edge.group)
            self.groups[group].members.removeAll { $0.manifold == id }
            for consumer in self.groups[group].consumers { self.detach(id, from: consumer.manifold, group) }
        }
    }

    private mutating func identifyGroup(_ name: String) -> GroupID {
        if let id = self.groupIDs[name] { return id }
        let id = self.groups.count
        self.groupIDs[name] = id
        self.groups.append(MachineGroup(name: name))
        return id
    }

    private func input(of member: ManifoldID, in consumer: ManifoldID, _ group: GroupID) -> Int? {
        self.nodes[member].dependents.first { dependent in
            dependent.manifold == consumer && self.nodes[consumer].inputs[dependent.input].group == Int32(group)
        }?.input
    }

    private mutating func attach(_ member: ManifoldID, to consumer: ManifoldID, _ group: GroupID) {
        // A member that left while its output was still held has its old edge.
        guard self.input(of: member, in: consumer, group) == nil else { return }
        let index = self.nodes[consumer].inputs.count
        self.nodes[consumer].inputs.append(
            MachineNode.Input(provider: member, kind: .optional, group: Int32(group))
        )
        self.nodes[consumer].received.append(0)
        self.nodes[member].dependents.append(MachineNode.Dependent(manifold: consumer, input: index))
    }

    private mutating func detach(_ member: ManifoldID, from consumer: ManifoldID, _ group: GroupID) {
        guard let index = self.input(of: member, in: consumer, group) else { return }
        if self.nodes[consumer].received[index] == 0 {
            self.removeInput(index, of: consumer)
        } else {
            // It ended in spite of its users: the edge goes when they have ended too.
            self.nodes[consumer].hasFormerMembers = true
        }
    }

    /// Takes away the edges to members that left while `id` held their output.
    mutating func dropFormerMembers(_ id: ManifoldID) {
        guard self.nodes[id].hasFormerMembers else { return }
        self.nodes[id].hasFormerMembers = false
        for index in self.nodes[id].inputs.indices.reversed() {
            let input = self.nodes[id].inputs[index]
            guard let group = input.group else { continue }
            let name = self.groups[Int(group)].name
            let isMember = self.nodes[input.provider].declaration?.joins.contains { $0.group == name } ?? false
            if !isMember { self.removeInput(index, of: id) }
        }
    }

    /// Members' inputs stand behind all others, so the last can take the place of the one that goes.
    private mutating func removeInput(_ index: Int, of id: ManifoldID) {
        let last = self.nodes[id].inputs.count - 1
        let provider = self.nodes[id].inputs[index].provider
        self.nodes[provider].dependents.removeAll { $0.manifold == id && $0.input == index }
        if index != last {
            let moved = self.nodes[id].inputs[last]
            self.nodes[id].inputs[index] = moved
            self.nodes[id].received[index] = self.nodes[id].received[last]
            let place = self.nodes[moved.provider].dependents.firstIndex { $0.manifold == id && $0.input == last }
            if let place { self.nodes[moved.provider].dependents[place].input = index }
        }
        self.nodes[id].inputs.removeLast()
        self.nodes[id].received.removeLast()
    }

    /// Refuses members and consumers of one group that do not agree on its type.
    func checkGroups(_ declarations: [MachineDeclaration], without leaving: Set<ManifoldID>) throws(InstallError) {
        var known: [String: (declaration: MachineDeclaration, edge: GroupEdge)] = [:]
        for declaration in self.pending(without: leaving) + declarations
        where !declaration.joins.isEmpty || !declaration.collects.isEmpty {
            for edge in declaration.joins
            where ObjectIdentifier(edge.valueType) != ObjectIdentifier(declaration.outputType) {
                throw .groupMismatch(
                    group: edge.group,
                    provided: "\(declaration.outputType)",
                    at: declaration.site,
                    by: declaration.name,
                    needed: "\(edge.valueType)",
                    neededAt: edge.site
                )
            }
            for edge in declaration.joins + declaration.collects {
                let other = known[edge.group]?.edge ?? self.firstUse(of: edge.group, without: leaving)
                guard let other else {
                    known[edge.group] = (declaration, edge)
                    continue
                }
                guard ObjectIdentifier(edge.valueType) != ObjectIdentifier(other.valueType) else { continue }
                throw .groupMismatch(
                    group: edge.group,
                    provided: "\(edge.valueType)",
                    at: edge.site,
                    by: declaration.name,
                    needed: "\(other.valueType)",
                    neededAt: other.site
                )
            }
        }
    }

    private func firstUse(of group: String, without leaving: Set<ManifoldID>) -> GroupEdge? {
        guard let id = self.groupIDs[group] else { return nil }
        let group = self.groups[id]
        let use =
            group.consumers.first { self.stays($0.manifold, without: leaving) }
            ?? group.members.first { self.stays($0.manifold, without: leaving) }
        return use?.edge
    }

    /// The members of `group` that are declared and stay so.
    func memberNames(of group: String, without leaving: Set<ManifoldID>) -> [String] {
        guard let id = self.groupIDs[group] else { return [] }
        return self.groups[id].members.lazy.map(\.manifold)
            .filter { self.stays($0, without: leaving) }.map { self.nodes[$0].name }
    }

    private func stays(_ id: ManifoldID, without leaving: Set<ManifoldID>) -> Bool {
        !self.nodes[id].isLeaving && !leaving.contains(id)
    }
}
