extension EngineMachine {
    /// A start or a worker has ended, asked or not.
    mutating func ended(_ id: ManifoldID, _ generation: Int, _ failure: MachineFailure?) {
        guard let instance = self.nodes[id].instance, instance.generation == generation else {
            if generation <= self.nodes[id].generation, self.nodes[id].abandoned > 0 { self.nodes[id].abandoned -= 1 }
            return
        }
        self.actions.append(.ended(id))
        if instance.stopReason != nil {
            self.report(.stopped, id, error: failure?.message)
            if failure?.kind == .uninstall { self.nodes[id].isLeaving = true }
        }
        self.release(id, failure: instance.stopReason == nil ? (instance, failure) : nil)
    }

    /// Lets go of the instance of `id`: outputs first, then the verdict, then whoever waited for this end.
    ///
    /// - Parameter failure: How it ended by itself; nil when the engine had asked for the end.
    mutating func release(_ id: ManifoldID, failure: (instance: MachineInstance, failure: MachineFailure?)?) {
        self.retract(id)
        self.withdraw(id)
        self.disarmSettle(id)
        self.nodes[id].instance = nil
        if !self.waitingFor.isEmpty { self.waitingFor[id] = nil }
        self.nodes[id].instanceStamp &+= 1
        self.live -= 1
        self.drained(id)
        var freed: [ManifoldID] = []
        for index in self.nodes[id].inputs.indices where self.nodes[id].received[index] != 0 {
            self.nodes[id].received[index] = 0
            let provider = self.nodes[id].inputs[index].provider
            self.nodes[provider].users -= 1
            if self.nodes[provider].users == 0 { freed.append(provider) }
        }
        self.dropFormerMembers(id)
        self.updateMoving(id)
        if let failure { self.judge(id, failure.instance, failure.failure) }
        self.stopUsers(of: id)
        if failure != nil { self.stopExpecting(id) }
        for provider in freed {
            if self.nodes[provider].instance != nil {
                self.ask(provider)
            } else {
                self.considerStart(provider)
            }
        }
        if self.nodes[id].isLeaving { self.succeed(id) }
        self.considerStart(id)
    }

    /// Decides what an instance's unasked end means for its manifold.
    mutating func judge(_ id: ManifoldID, _ instance: MachineInstance, _ failure: MachineFailure?) {
        guard let failure else {
            self.nodes[id].hold = .finished
            self.nodes[id].failures = 0
            self.nodes[id].lastError = nil
            self.report(.finished, id)
            return
        }
        switch failure.kind {
        case .missing:
            self.nodes[id].hold = .missing(failure.message)
            self.report(.parked, id, reason: "missing: \(failure.message)")
        case .parked:
            self.nodes[id].hold = .refused(failure.message)
            self.nodes[id].lastError = failure.cause.map { "\($0)" } ?? failure.message
            self.report(.parked, id, reason: failure.message, error: self.nodes[id].lastError)
        case .bounce:
            self.bounceAsked(id, instance, failure.message)
        case .uninstall, .dismissed:
            self.nodes[id].isLeaving = true
        case .fatal:
            self.nodes[id].lastError = failure.message
            self.report(.failed, id, reason: "fatal", error: failure.message)
            self.end(.fatal(id, failure.message), failure)
        case .failed:
            self.charge(id, instance, failure)
        }
    }

    /// The engine ends with an error of a manifold.
    mutating func end(_ outcome: MachineOutcome, _ failure: MachineFailure) {
        self.shutdown(.graceful, because: MachineEnding(outcome: outcome, rank: failure.rank, cause: failure.cause))
    }
}
