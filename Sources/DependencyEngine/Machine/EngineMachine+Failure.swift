extension EngineMachine {
    /// A worker that bounces itself sooner than this after it became ready is slowed from the second time on.
    private static let quickBounce = Duration.milliseconds(100)

    /// Counts a failure and decides when, or whether, to try again.
    mutating func charge(_ id: ManifoldID, _ instance: MachineInstance, _ failure: MachineFailure) {
        let message = failure.message
        guard let policy = self.nodes[id].declaration?.policy else { return }
        if self.isHealthy(id, instance) { self.nodes[id].failures = 0 }
        self.nodes[id].failures += 1
        self.nodes[id].failureCount += 1
        self.nodes[id].lastError = message
        let failures = self.nodes[id].failures
        if self.state != .running {
            // Nothing is tried again; but what ends the engine is told with the other reasons.
            if failures >= policy.budget, case .endEngine(let code) = policy.exhausted {
                self.end(.budgetSpent(id, code: code, message), failure)
            }
            return self.report(.failed, id, error: message)
        }
        if failures >= policy.budget {
            switch policy.exhausted {
            case .park:
                self.nodes[id].hold = .budgetSpent
                self.report(.failed, id, error: message)
                return self.report(.parked, id, reason: "failed \(failures) times", error: message)
            case .endEngine(let code):
                self.report(.failed, id, reason: "failed \(failures) times; ends the engine", error: message)
                return self.end(.budgetSpent(id, code: code, message), failure)
            case .keepTrying: break
            }
        }
        let random = self.random.nextUnit()
        var delay = policy.delay(failures: failures, random: random)
        if let asked = failure.retryAfter { delay = max(delay, policy.delay(asked: asked, random: random)) }
        self.setRetry(id, after: delay)
        self.report(.failed, id, error: message, retryIn: delay)
    }

    /// Whether the instance was ready long enough for earlier failures to be forgotten.
    func isHealthy(_ id: ManifoldID, _ instance: MachineInstance) -> Bool {
        guard let readyAt = instance.readyAt, let policy = self.nodes[id].declaration?.policy else { return false }
        return self.now - readyAt >= max(policy.healthyAfter, self.nodes[id].lastDelay * 2)
    }

    /// The worker asked to be started again: at once, unless it does nothing else.
    mutating func bounceAsked(_ id: ManifoldID, _ instance: MachineInstance, _ why: String) {
        let wasQuick = instance.readyAt.map { self.now - $0 < Self.quickBounce } ?? true
        self.nodes[id].quickBounces = wasQuick ? self.nodes[id].quickBounces + 1 : 0
        let repeated = self.nodes[id].quickBounces - 1
        guard repeated > 0, let policy = self.nodes[id].declaration?.policy else {
            return self.report(.bounced, id, reason: why)
        }
        let delay = policy.delay(failures: repeated, random: self.random.nextUnit())
        self.setRetry(id, after: delay)
        self.report(.bounced, id, reason: why, retryIn: delay)
    }

    /// A failure told from outside while the instance of `id` still runs: the same as a crash, and the instance itself
    /// is asked to end at once.
    mutating func injectFailure(_ id: ManifoldID, _ failure: MachineFailure) {
        self.failRunning(id, failure, .failed)
    }

    mutating func failRunning(_ id: ManifoldID, _ failure: MachineFailure, _ reason: MachineInstance.StopReason) {
        guard let instance = self.nodes[id].instance, instance.stopReason == nil else { return }
        self.retract(id)
        self.withdraw(id)
        self.disarmSettle(id)
        self.nodes[id].instance?.stopReason = reason
        self.updateMoving(id)
        self.judge(id, instance, failure)
        self.stopUsers(of: id)
        self.ask(id)
        self.stopExpecting(id)
    }

    mutating func setRetry(_ id: ManifoldID, after delay: Duration) {
        self.nodes[id].lastDelay = delay
        self.nodes[id].retryAt = self.now + delay
        self.nodes[id].retryStamp &+= 1
        self.timers.insert(at: self.now + delay, manifold: id, kind: .retry, stamp: self.nodes[id].retryStamp)
    }

    mutating func clearRetry(_ id: ManifoldID) {
        self.nodes[id].retryAt = nil
        self.nodes[id].retryStamp &+= 1
    }
}
