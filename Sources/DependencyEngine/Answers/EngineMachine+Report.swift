extension EngineMachine {
    /// Keeps the order of reports for the next ones: names only ever come, at the end.
    mutating func sortNames() {
        if self.idsByName.count != self.nodes.count { self.idsByName = self.sortedByName() }
    }

    private func sortedByName() -> [ManifoldID] {
        self.nodes.indices.sorted { self.nodes[$0].name < self.nodes[$1].name }
    }

    func makeReport(now: Duration) -> EngineReport {
        let order = self.idsByName.count == self.nodes.count ? self.idsByName : self.sortedByName()
        return EngineReport(
            state: self.state,
            manifolds: order.compactMap { id in
                let isMentioned = !self.nodes[id].dependents.isEmpty || !self.nodes[id].deferredDependents.isEmpty
                guard self.nodes[id].declaration != nil || isMentioned else { return nil }
                return self.makeReport(of: id, now: now)
            }
        )
    }

    private func makeReport(of id: ManifoldID, now: Duration) -> ManifoldReport {
        // Field by field: a copy of the node would cost more than all of this.
        return ManifoldReport(
            name: self.nodes[id].name,
            state: self.manifoldState(id),
            reason: self.reason(id, now: now),
            inputs: self.inSight(id).map { input in
                ManifoldReport.InputReport(
                    name: self.nodes[input.provider].name,
                    kind: input.kind,
                    available: self.isAvailable(input),
                    state: self.manifoldState(input.provider),
                    live: input.isLive ? true : nil,
                    group: self.groupName(input)
                )
            },
            groups: Self.names(self.nodes[id].declaration?.collects),
            memberOf: Self.names(self.nodes[id].declaration?.joins),
            generation: self.nodes[id].generation,
            startCount: self.nodes[id].startCount,
            attempt: self.attempt(id, now: now),
            failureCount: self.nodes[id].failureCount,
            lastError: self.lastError(id, now: now),
            retryInMilliseconds: self.nodes[id].retryAt.map { max($0 - now, .zero).inMilliseconds },
            readyForMilliseconds: self.nodes[id].isOffered
                ? self.nodes[id].instance?.readyAt.map { max(now - $0, .zero).inMilliseconds } : nil,
            abandoned: self.nodes[id].abandoned,
            declaredAt: self.nodes[id].declaration?.site,
            origin: self.nodes[id].declaration.map { $0.origin ?? "built in" }
        )
    }

    /// The inputs of `id` in an order that is always the same: members of groups come and go in any.
    func inSight(_ id: ManifoldID) -> [MachineNode.Input] {
        guard self.nodes[id].inputs.last?.group != nil else { return self.nodes[id].inputs }
        return self.nodes[id].inputs.filter { $0.group == nil }
            + self.nodes[id].inputs.filter { $0.group != nil }.sorted {
                (self.groupName($0) ?? "", self.nodes[$0.provider].name)
                    < (self.groupName($1) ?? "", self.nodes[$1.provider].name)
            }
    }

    func groupName(_ input: MachineNode.Input) -> String? {
        input.group.map { self.groups[Int($0)].name }
    }

    private static func names(_ edges: [GroupEdge]?) -> [String]? {
        guard let edges, !edges.isEmpty else { return nil }
        return edges.map(\.group)
    }

    func isAvailable(_ input: MachineNode.Input) -> Bool {
        input.kind == .deferred ? self.nodes[input.provider].isPublished : self.nodes[input.provider].isOffered
    }

    func manifoldState(_ id: ManifoldID) -> ManifoldState {
        guard self.nodes[id].declaration != nil else { return .unknown }
        if let instance = self.nodes[id].instance {
            if instance.stopReason != nil { return .stopping }
            switch instance.phase {
            case .starting: return .starting
            case .started: return .started
            case .ready: return .ready
            }
        }
        if let hold = self.nodes[id].hold { return hold == .finished ? .finished : .parked }
        return self.nodes[id].retryAt == nil ? .waiting : .backingOff
    }

    /// 1 after healthy time, one more after each failure since.
    func attempt(_ id: ManifoldID, now: Duration) -> Int {
        self.isHealthyAgain(id, now: now) ? 1 : self.nodes[id].failures + 1
    }

    /// What it failed with last, until it has been healthy again.
    func lastError(_ id: ManifoldID, now: Duration) -> String? {
        self.isHealthyAgain(id, now: now) ? nil : self.nodes[id].lastError
    }

    private func isHealthyAgain(_ id: ManifoldID, now: Duration) -> Bool {
        guard let readyAt = self.nodes[id].instance?.readyAt, let policy = self.nodes[id].declaration?.policy else {
            return false
        }
        return now - readyAt >= max(policy.healthyAfter, self.nodes[id].lastDelay * 2)
    }

    /// Why `id` is in its state, in words; nil where the state says it all.
    func reason(_ id: ManifoldID, now: Duration) -> String? {
        let state = self.manifoldState(id)
        // The usual one, before the node is copied.
        guard state != .ready else { return nil }
        let node = self.nodes[id]
        switch state {
        case .unknown: return "not installed"
        case .ready: return nil
        case .starting: return "its start function runs"
        case .started: return self.notReadyYetText(id)
        case .finished: return "ended by itself"
        case .stopping:
            let why = node.instance?.stopReason.map { self.text(of: $0) } ?? "asked to"
            return node.instance?.isAsked == true ? why : "\(why); \(self.waitingForUsers(id))"
        case .backingOff:
            let delay = node.retryAt.map { max($0 - now, .zero).inMilliseconds } ?? 0
            return "attempt \(node.failures + 1) in \(delay) ms"
                + (node.lastError.map { ", last error: \($0)" } ?? "")
        case .parked: return self.holdText(node)
        case .waiting: return self.waitingText(id)
        }
    }

    private func notReadyYetText(_ id: ManifoldID) -> String {
        if case .probed? = self.nodes[id].declaration?.readiness {
            return self.waitingFor[id].map { "its probe fails: \($0)" } ?? "its probe has not answered yet"
        }
        return "has not said it is ready" + (self.waitingFor[id].map { "; waits for \($0)" } ?? "")
    }

    private func holdText(_ node: MachineNode) -> String {
        switch node.hold {
        case .missing(let what): "missing: \(what)"
        case .refused(let why): why
        case .budgetSpent: "failed \(node.failures) times, last error: \(node.lastError ?? "none")"
        case .byOperator: "parked on request"
        case .finished, nil: "ended by itself"
        }
    }

    private func waitingText(_ id: ManifoldID) -> String {
        let node = self.nodes[id]
        guard self.state == .running else { return "the engine is \(self.state.rawValue)" }
        let unmet = node.inputs.filter { $0.kind == .required && !self.nodes[$0.provider].isOffered }
        if !unmet.isEmpty { return "waits for " + unmet.map { self.nodes[$0.provider].name }.joined(separator: ", ") }
        if node.users > 0 { return self.waitingForUsers(id) }
        return "waits for its optional inputs to settle"
    }

    private func waitingForUsers(_ id: ManifoldID) -> String {
        let users = self.nodes[id].dependents
            .filter { self.nodes[$0.manifold].instance != nil && self.nodes[$0.manifold].received[$0.input] != 0 }
            .map { self.nodes[$0.manifold].name }
        return "waits for " + users.joined(separator: ", ") + " to end"
    }

    func text(of reason: MachineInstance.StopReason) -> String {
        switch reason {
        case .requested: "bounced on request"
        case .asked: "it asked to be started again"
        case .inputStopped(let id): "its input \(self.nodes[id].name) stops"
        case .optionalInputsChanged: "its optional inputs changed"
        case .failed: "it failed"
        case .startTooSlow: "its start took too long"
        case .readyTooSlow: "it was not ready in time"
        case .parked: "parked on request"
        case .uninstalled: "uninstalled"
        case .replaced: "replaced by another declaration"
        case .shutdown: "the engine shuts down"
        }
    }
}
