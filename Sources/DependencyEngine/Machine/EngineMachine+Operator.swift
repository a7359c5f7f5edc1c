extension EngineMachine {
    /// Starts `id` anew, dependents stopping first; one that waits for its next attempt gets it now.
    mutating func bounce(_ id: ManifoldID) {
        if self.nodes[id].hold == .finished { self.nodes[id].hold = nil }
        self.clearRetry(id)
        if self.nodes[id].instance != nil {
            self.requestStop(id, .requested)
        } else {
            self.considerStart(id)
        }
    }

    /// The worker of `id` wants to be started again: as an operator's bounce, dependents first while it still runs.
    ///
    /// Not slowed as a thrown bounce is, since each is caused by a change outside, and waits for the last one to be done.
    /// In a shutdown it would not come back: there it stops in its turn, so that whoever drains is left to it.
    mutating func asksForBounce(_ id: ManifoldID, _ generation: Int, _ why: String) {
        guard self.state == .running, let instance = self.nodes[id].instance, instance.generation == generation,
            instance.stopReason == nil
        else { return }
        self.report(.bounced, id, reason: why)
        self.requestStop(id, .asked)
    }

    /// Stops `id` until it is resumed.
    mutating func park(_ id: ManifoldID) {
        guard self.nodes[id].declaration != nil, self.nodes[id].hold != .byOperator else { return }
        self.nodes[id].hold = .byOperator
        self.clearRetry(id)
        self.disarmSettle(id)
        self.report(.parked, id, reason: "on request")
        self.requestStop(id, .parked)
        self.stopExpecting(id)
    }

    /// Lets `id` start again with a clean record, whatever held it.
    mutating func resume(_ id: ManifoldID) {
        guard self.nodes[id].declaration != nil else { return }
        let wasHeld = self.nodes[id].hold != nil
        self.nodes[id].hold = nil
        if self.nodes[id].instance == nil {
            self.nodes[id].failures = 0
            self.nodes[id].lastError = nil
            self.nodes[id].quickBounces = 0
        }
        self.clearRetry(id)
        if wasHeld { self.report(.resumed, id) }
        self.considerStart(id)
    }

    /// Stops `id`, dependents first, and forgets it.
    mutating func uninstall(_ id: ManifoldID) {
        guard self.nodes[id].declaration != nil else { return }
        self.nodes[id].isLeaving = true
        self.successors[id] = nil
        self.disarmSettle(id)
        // Before it is gone: a member takes its edges with it.
        self.stopExpecting(id)
        if self.nodes[id].instance == nil {
            self.remove(id)
        } else {
            self.requestStop(id, .uninstalled)
        }
    }
}
