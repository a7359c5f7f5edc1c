extension EngineMachine {
    /// Stops the instance of `id`, all that received its output first; each is asked once its own dependents ended.
    mutating func requestStop(_ id: ManifoldID, _ reason: MachineInstance.StopReason) {
        var work: [(id: ManifoldID, reason: MachineInstance.StopReason)] = [(id, reason)]
        while let (id, reason) = work.popLast() {
            guard let instance = self.nodes[id].instance, instance.stopReason == nil else { continue }
            self.nodes[id].instance?.stopReason = reason
            self.disarmSettle(id)
            self.withdraw(id)
            self.updateMoving(id)
            if self.nodes[id].users == 0 {
                self.ask(id)
            } else {
                for dependent in self.nodes[id].dependents where self.holds(dependent) {
                    if self.isGroupInput(dependent) { self.nodes[dependent.manifold].lostMember = true }
                    work.append((dependent.manifold, .inputStopped(id)))
                }
            }
        }
    }

    /// Stops what still holds output of `id`, whose own instance has ended or is past asking.
    mutating func stopUsers(of id: ManifoldID) {
        guard self.nodes[id].users > 0 else { return }
        let holders = self.nodes[id].dependents.filter { self.holds($0) }
        for holder in holders {
            if self.isGroupInput(holder) { self.nodes[holder.manifold].lostMember = true }
            self.requestStop(holder.manifold, .inputStopped(id))
        }
    }

    private func holds(_ dependent: MachineNode.Dependent) -> Bool {
        self.nodes[dependent.manifold].instance != nil
            && self.nodes[dependent.manifold].received[dependent.input] != 0
    }

    /// From here on nobody starts with the output of `id`.
    mutating func withdraw(_ id: ManifoldID) {
        guard self.nodes[id].isOffered else { return }
        self.nodes[id].isOffered = false
        for dependent in self.nodes[id].dependents {
            let input = self.nodes[dependent.manifold].inputs[dependent.input]
            if input.kind == .required {
                self.nodes[dependent.manifold].unmet += 1
            } else if input.isLive {
                self.liveChanged(dependent)
            }
        }
    }

    mutating func retract(_ id: ManifoldID) {
        guard self.nodes[id].isPublished else { return }
        self.nodes[id].isPublished = false
        self.actions.append(.retract(id))
    }

    /// Tells the worker of `id` to end, or cancels its start.
    mutating func ask(_ id: ManifoldID) {
        guard let instance = self.nodes[id].instance, let reason = instance.stopReason, !instance.isAsked else {
            return
        }
        self.retract(id)
        self.nodes[id].instance?.isAsked = true
        self.report(.stopping, id, why: .stop(reason))
        self.actions.append(.stop(id))
        if instance.phase == .starting {
            self.nodes[id].instance?.isCancelled = true
            self.actions.append(.cancelStart(id))
            self.setInstanceTimer(id, after: self.nodes[id].deadlines.cancelled)
        } else {
            self.armStop(id)
        }
    }

    /// Gives the worker of `id`, already asked, its time to end.
    mutating func armStop(_ id: ManifoldID) {
        let deadlines = self.nodes[id].deadlines
        if self.isHasty {
            self.nodes[id].instance?.isCancelled = true
            self.actions.append(.cancel(id))
            self.setInstanceTimer(id, after: deadlines.cancelled)
        } else {
            self.setInstanceTimer(id, after: deadlines.graceful)
        }
    }

    /// The instance of `id` took too long with what it is doing.
    mutating func instanceOverdue(_ id: ManifoldID) {
        guard let instance = self.nodes[id].instance else { return }
        let deadlines = self.nodes[id].deadlines
        if !instance.isAsked && instance.phase == .started {
            self.failRunning(id, MachineFailure(kind: .failed, message: self.notReadyText(id)), .readyTooSlow)
        } else if !instance.isAsked {
            let deadline = self.nodes[id].startDeadline ?? self.configuration.startDeadline
            self.failRunning(
                id,
                MachineFailure(kind: .failed, message: "its start did not end within \(deadline)"),
                .startTooSlow
            )
        } else if !instance.isCancelled {
            self.nodes[id].instance?.isCancelled = true
            self.actions.append(.cancel(id))
            self.setInstanceTimer(id, after: deadlines.cancelled)
        } else {
            self.abandon(id)
        }
    }

    private func notReadyText(_ id: ManifoldID) -> String {
        let readiness = self.nodes[id].readiness
        let text = "it was not ready within \(readiness.deadline ?? .zero)"
        let waits = self.waitingFor[id]
        guard readiness.isSignalled else {
            return text + (waits.map { ", its probe last failed with: \($0)" } ?? ", no try of its probe came back")
        }
        return text + (waits.map { ", it waits for \($0)" } ?? ", it never said so")
    }

    /// Goes on without the instance of `id`, which may run for ever.
    mutating func abandon(_ id: ManifoldID) {
        guard let instance = self.nodes[id].instance else { return }
        self.nodes[id].abandoned += 1
        let what = instance.phase == .starting ? "its start" : "its worker"
        self.report(.abandoned, id, reason: "\(what) did not end in time and may still run")
        self.actions.append(.abandon(id))
        self.release(id, failure: nil)
    }
}
