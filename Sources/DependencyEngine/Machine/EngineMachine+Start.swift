extension EngineMachine {
    /// Starts `id` if nothing stands against it; called whenever something that did may have gone.
    mutating func considerStart(_ id: ManifoldID) {
        // Fields one by one: a copy of the node would cost more than all of this.
        // `users`: old dependents end before their replaced input starts, so that nobody overlaps it.
        guard self.state == .running, self.nodes[id].unmet == 0, self.nodes[id].users == 0,
            self.nodes[id].instance == nil, self.nodes[id].hold == nil, self.nodes[id].retryAt == nil,
            !self.nodes[id].isLeaving, self.nodes[id].declaration != nil
        else { return }
        let mayWait = self.nodes[id].settle != .elapsed
        if mayWait && self.waitsToSettle(id) {
            self.armSettle(id)
        } else {
            self.begin(id)
        }
    }

    /// Whether waiting a moment is likely to save `id` a restart.
    private func waitsToSettle(_ id: ManifoldID) -> Bool {
        self.nodes[id].lostMember
            || self.nodes[id].inputs.contains(where: { $0.kind == .optional && self.isComing($0.provider) })
    }

    /// Lets those start that waited for `id` only because it seemed to be on its way.
    mutating func stopExpecting(_ id: ManifoldID) {
        guard !self.isComing(id) else { return }
        for dependent in self.expectant(of: id) { self.considerStart(dependent) }
    }

    /// Those that may wait for `id` before they start.
    func expectant(of id: ManifoldID) -> [ManifoldID] {
        self.nodes[id].dependents.lazy.map(\.manifold).filter {
            self.nodes[$0].settle == .armed && self.nodes[$0].instance == nil
        }
    }

    /// Whether an optional provider is likely to be ready soon, so that waiting a moment saves a restart.
    private func isComing(_ id: ManifoldID) -> Bool {
        self.nodes[id].declaration != nil && !self.nodes[id].isOffered && self.nodes[id].hold == nil
            && self.nodes[id].retryAt == nil && !self.nodes[id].isLeaving
    }

    private mutating func begin(_ id: ManifoldID) {
        self.disarmSettle(id)
        self.nodes[id].lostMember = false
        self.nodes[id].generation += 1
        self.nodes[id].instance = MachineInstance(generation: self.nodes[id].generation)
        self.live += 1
        for index in self.nodes[id].inputs.indices {
            let input = self.nodes[id].inputs[index]
            guard input.kind != .deferred, !input.isLive, self.nodes[input.provider].isOffered else { continue }
            self.nodes[id].received[index] = self.nodes[input.provider].generation
            self.nodes[input.provider].users += 1
        }
        self.beginLive(id)
        self.setInstanceTimer(
            id,
            after: self.nodes[id].startDeadline ?? self.configuration.startDeadline
        )
        self.updateMoving(id)
        self.report(.starting, id)
        self.actions.append(.start(id))
    }

    mutating func startReturned(_ id: ManifoldID, _ generation: Int) {
        guard let instance = self.nodes[id].instance, instance.generation == generation,
            instance.phase == .starting
        else { return }
        self.nodes[id].instance?.phase = .started
        self.nodes[id].startCount += 1
        self.nodes[id].instanceStamp &+= 1
        self.updateMoving(id)
        guard instance.stopReason == nil else {
            // The start was cancelled and returned a worker all the same: it runs once, to be stopped in good time.
            self.nodes[id].instance?.isCancelled = false
            self.armStop(id)
            return
        }
        let readiness = self.nodes[id].readiness
        if readiness != .started {
            if let deadline = readiness.deadline { self.setInstanceTimer(id, after: deadline) }
            self.report(.started, id)
        } else {
            self.becomeReady(id)
        }
    }

    /// Keeps what the worker of `id` waits for before it is ready.
    mutating func waits(_ id: ManifoldID, _ generation: Int, for what: String) {
        guard let instance = self.nodes[id].instance, instance.generation == generation, instance.phase == .started
        else { return }
        self.waitingFor[id] = what
    }

    mutating func signalledReady(_ id: ManifoldID, _ generation: Int) {
        guard let instance = self.nodes[id].instance, instance.generation == generation, instance.stopReason == nil,
            instance.phase == .started
        else { return }
        // No deadline from here on.
        self.nodes[id].instanceStamp &+= 1
        self.becomeReady(id)
    }

    private mutating func becomeReady(_ id: ManifoldID) {
        self.nodes[id].instance?.phase = .ready
        if !self.waitingFor.isEmpty { self.waitingFor[id] = nil }
        self.nodes[id].instance?.readyAt = self.now
        self.nodes[id].isOffered = true
        self.nodes[id].isPublished = true
        self.actions.append(.publish(id))
        self.report(.ready, id)
        let dependents = self.nodes[id].dependents
        for dependent in dependents {
            let isRequired = self.nodes[dependent.manifold].inputs[dependent.input].kind == .required
            if isRequired { self.nodes[dependent.manifold].unmet -= 1 }
        }
        for dependent in dependents { self.inputArrived(dependent) }
        for dependent in self.nodes[id].deferredDependents {
            switch self.nodes[dependent.manifold].hold {
            case .missing, .refused: self.inputArrived(dependent)
            case .budgetSpent, .byOperator, .finished, nil: break
            }
        }
    }

    /// An input of `dependent` is there anew: what parked or waited because of it gets another chance.
    private mutating func inputArrived(_ dependent: MachineNode.Dependent) {
        let id = dependent.manifold
        switch self.nodes[id].hold {
        case .missing, .refused, .finished, .budgetSpent: self.nodes[id].hold = nil
        case .byOperator, nil: break
        }
        if self.nodes[id].retryAt != nil {
            // One early attempt; the failure count stays, so a flapping input does not wipe out the back-off.
            self.clearRetry(id)
        }
        let kind = self.nodes[id].inputs[dependent.input].kind
        if kind == .optional, let instance = self.nodes[id].instance {
            if instance.stopReason == nil { self.armSettle(id) }
        } else {
            self.considerStart(id)
        }
    }

    /// The settle window of `id` is over: start it with what is there, or bounce it if it holds something else.
    mutating func settleElapsed(_ id: ManifoldID) {
        guard self.nodes[id].settle == .armed else { return }
        self.nodes[id].settle = .elapsed
        self.updateMoving(id)
        guard let instance = self.nodes[id].instance else {
            self.considerStart(id)
            // Something else stands against the start: the next chance gets a window of its own.
            if self.nodes[id].settle == .elapsed { self.nodes[id].settle = .idle }
            return
        }
        self.nodes[id].settle = .idle
        guard instance.stopReason == nil else { return }
        let node = self.nodes[id]
        let changed = node.inputs.indices.contains { index in
            let provider = self.nodes[node.inputs[index].provider]
            return node.inputs[index].kind == .optional && !node.inputs[index].isLive
                && node.received[index] != (provider.isOffered ? provider.generation : 0)
        }
        if changed {
            // In a shutdown nothing comes back: whoever drains is left to it until its turn comes.
            if self.state == .running { self.requestStop(id, .optionalInputsChanged) }
        } else {
            self.deliverLive(id)
        }
    }
}
