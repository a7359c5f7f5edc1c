extension EngineMachine {
    /// Adds manifolds, all or none; when running they start in resolved order.
    mutating func install(_ declarations: [MachineDeclaration], now: Duration) throws(InstallError) {
        try self.update(removing: [], installing: declarations, now: now)
    }

    /// The index of `name`, made at its first mention.
    mutating func identify(_ name: String) -> ManifoldID {
        if let id = self.ids[name] { return id }
        let id = self.nodes.count
        self.ids[name] = id
        self.nodes.append(MachineNode(name: name))
        return id
    }

    @discardableResult
    mutating func add(_ declaration: MachineDeclaration) -> ManifoldID {
        let id = self.identify(declaration.name)
        let inputs = declaration.edges.map { edge in
            MachineNode.Input(provider: self.identify(edge.name), kind: edge.kind, isLive: edge.isLive)
        }
        var unmet = 0
        for (index, input) in inputs.enumerated() {
            let dependent = MachineNode.Dependent(manifold: id, input: index)
            switch input.kind {
            case .deferred:
                self.nodes[input.provider].deferredDependents.append(dependent)
            case .required, .optional:
                self.nodes[input.provider].dependents.append(dependent)
                if input.kind == .required && !self.nodes[input.provider].isOffered { unmet += 1 }
            }
        }
        self.nodes[id].inputs = inputs
        self.nodes[id].received = Array(repeating: 0, count: inputs.count)
        if inputs.contains(where: \.isLive) { self.nodes[id].delivered = Array(repeating: 0, count: inputs.count) }
        self.nodes[id].unmet = unmet
        self.nodes[id].declaration = declaration
        self.joinGroups(id)
        self.report(.installed, id)
        return id
    }

    /// Drops the declaration of `id`, whose instance has ended; its name stays for those that need it.
    mutating func remove(_ id: ManifoldID, isReplaced: Bool = false) {
        self.leaveGroups(id)
        for input in self.nodes[id].inputs {
            if input.kind == .deferred {
                self.nodes[input.provider].deferredDependents.removeAll { $0.manifold == id }
            } else {
                self.nodes[input.provider].dependents.removeAll { $0.manifold == id }
            }
        }
        self.report(.uninstalled, id)
        var bare = MachineNode(name: self.nodes[id].name)
        let old = self.nodes[id]
        bare.dependents = old.dependents
        bare.deferredDependents = old.deferredDependents
        bare.users = old.users
        // A later manifold of the name goes on counting, so that a late end of an old instance is known as such.
        bare.generation = old.generation
        bare.abandoned = old.abandoned
        bare.isMoving = old.isMoving
        bare.retryStamp = old.retryStamp &+ 1
        bare.settleStamp = old.settleStamp &+ 1
        bare.instanceStamp = old.instanceStamp &+ 1
        self.nodes[id] = bare
        self.updateMoving(id)
        if !isReplaced { self.actions.append(.forget(id)) }
    }

    /// - Returns: Where in `declarations` each name is.
    func checkNames(
        _ declarations: [MachineDeclaration],
        without leaving: Set<ManifoldID>
    ) throws(InstallError) -> [String: Int] {
        var places = [String: Int](minimumCapacity: declarations.count)
        for (place, declaration) in declarations.enumerated() {
            let name = declaration.name
            let isPrintable = name.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F }
            guard !name.isEmpty, name.utf8.count <= 200, isPrintable else {
                throw .badName(String(name.prefix(200)), site: declaration.site)
            }
            let sameName = places.updateValue(place, forKey: name).map { declarations[$0] }
            let existing = (self.futureDeclaration(name, without: leaving) ?? sameName)?.site
            if let existing { throw .duplicate(name: name, site: declaration.site, existing: existing) }
        }
        return places
    }

    func checkPolicies(_ declarations: [MachineDeclaration]) throws(InstallError) {
        for declaration in declarations {
            guard let problem = declaration.policy.problem ?? declaration.deadlineProblem else { continue }
            throw .badPolicy(name: declaration.name, site: declaration.site, problem: problem)
        }
    }

    /// - Returns: Whether every provider stands before its dependents, as it does where people write them down in that
    ///   order: then there is no cycle. Whoever says no pays for a search.
    func checkTypes(
        _ declarations: [MachineDeclaration],
        _ places: [String: Int],
        without leaving: Set<ManifoldID>
    ) throws(InstallError) -> Bool {
        var isInOrder = self.successors.isEmpty
        for (place, declaration) in declarations.enumerated() {
            if !declaration.joins.isEmpty || !declaration.collects.isEmpty { isInOrder = false }
            for edge in declaration.edges {
                if let providerPlace = places[edge.name] {
                    try Self.check(edge, of: declaration.name, against: declarations[providerPlace])
                    if providerPlace >= place && edge.kind != .deferred { isInOrder = false }
                } else if let provider = self.futureDeclaration(edge.name, without: leaving) {
                    try Self.check(edge, of: declaration.name, against: provider)
                }
            }
            guard let id = self.ids[declaration.name] else { continue }
            if !self.nodes[id].dependents.isEmpty { isInOrder = false }
            for dependent in self.nodes[id].dependents + self.nodes[id].deferredDependents {
                guard !self.nodes[dependent.manifold].isLeaving, !leaving.contains(dependent.manifold),
                    let other = self.nodes[dependent.manifold].declaration, !self.isGroupInput(dependent)
                else { continue }
                try Self.check(other.edges[dependent.input], of: other.name, against: declaration)
            }
        }
        // Those that wait for an old instance to end are nobody's dependents yet.
        for other in self.pending(without: leaving) {
            for edge in other.edges {
                guard let place = places[edge.name] else { continue }
                try Self.check(edge, of: other.name, against: declarations[place])
            }
        }
        return isInOrder
    }

    private static func check(
        _ edge: InputEdge,
        of dependent: String,
        against provider: MachineDeclaration
    ) throws(InstallError) {
        guard ObjectIdentifier(edge.valueType) == ObjectIdentifier(provider.outputType) else {
            throw .typeMismatch(
                name: provider.name,
                provided: "\(provider.outputType)",
                needed: "\(edge.valueType)",
                by: dependent
            )
        }
    }
}
