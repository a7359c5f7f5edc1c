extension EngineMachine {
    /// Ends the engine: drain everything, then stop leaf to root. A second request can only make it hastier.
    ///
    /// - Parameter ending: The error it ends with. Several may come before all is down; which is told is known then.
    mutating func shutdown(_ kind: ShutdownKind, because ending: MachineEnding? = nil) {
        if let ending { self.endings.append(ending) }
        switch self.state {
        case .stopped:
            return
        case .idle, .running:
            self.state = .draining
            self.reportState()
            self.setShutdownTimers(within: self.configuration.shutdownDeadline)
            if kind == .graceful { self.drainAll() } else { self.hurry() }
        case .draining where self.isDrainHeld:
            self.isDrainHeld = false
            self.setShutdownTimers(within: self.configuration.shutdownDeadline)
            if kind == .cancelled { self.hurry() } else { self.goOnDraining() }
        case .draining, .stopping:
            if kind == .cancelled && !self.isHasty { self.hurry() }
        }
    }

    /// Lets workers drain as in a shutdown, and stops nothing until a shutdown is asked for: for an engine that drains
    /// with others around it.
    mutating func drainOnly() {
        guard self.state == .idle || self.state == .running else { return }
        self.state = .draining
        self.isDrainHeld = true
        self.reportState()
        self.drainAll()
    }

    /// Whether the first phase of a shutdown is over.
    var hasDrained: Bool {
        switch self.state {
        case .idle, .running: false
        case .draining: self.drainPending == 0 || (self.drainOverAt.map { $0 <= self.now } ?? true)
        case .stopping, .stopped: true
        }
    }

    private mutating func drainAll() {
        var longest = Duration.zero
        // Later manifolds tend to depend on earlier ones: the outside of the graph hears it first.
        for id in self.nodes.indices.reversed() {
            guard let instance = self.nodes[id].instance, instance.stopReason == nil else { continue }
            self.actions.append(.drain(id))
            guard instance.phase != .starting, let deadline = self.nodes[id].declaration?.drainDeadline else {
                continue
            }
            self.nodes[id].isDrainPending = true
            self.drainPending += 1
            longest = max(longest, deadline)
        }
        self.drainOverAt = self.now + longest
        self.goOnDraining()
    }

    /// Ends the first phase if nothing need be waited for any more; else sees to it that this is asked again.
    private mutating func goOnDraining() {
        if self.hasDrained {
            self.stopAll()
        } else if let drainOverAt = self.drainOverAt {
            self.timers.insert(at: drainOverAt, manifold: 0, kind: .drainOver, stamp: self.shutdownStamp)
        }
    }

    mutating func finishedDraining(_ id: ManifoldID, _ generation: Int) {
        guard self.nodes[id].instance?.generation == generation else { return }
        self.drained(id)
    }

    /// The shutdown need not wait for `id` any more.
    mutating func drained(_ id: ManifoldID) {
        guard self.nodes[id].isDrainPending else { return }
        self.nodes[id].isDrainPending = false
        self.drainPending -= 1
        if self.drainPending == 0 && self.state == .draining { self.stopAll() }
    }

    mutating func stopAll() {
        guard self.state == .draining, !self.isDrainHeld else { return }
        self.state = .stopping
        self.reportState()
        for id in self.nodes.indices {
            // What waits to start will not; a window that nobody closes would let the engine never settle.
            self.disarmSettle(id)
            self.requestStop(id, .shutdown)
        }
    }

    private mutating func hurry() {
        self.isHasty = true
        let limit = self.nodes.reduce(Duration.zero) { longest, node in
            node.instance == nil ? longest : max(longest, node.declaration?.deadlines.cancelled ?? .zero)
        }
        self.shutdownStamp &+= 1
        self.timers.insert(
            at: min(self.now + limit, self.shutdownEnd),
            manifold: 0,
            kind: .abandonAll,
            stamp: self.shutdownStamp
        )
        if self.state == .draining { self.stopAll() }
        self.cancelAsked()
    }

    private mutating func setShutdownTimers(within limit: Duration) {
        self.shutdownStamp &+= 1
        self.shutdownEnd = self.now + limit
        // The last quarter is for workers that only listen to cancellation.
        self.timers.insert(at: self.now + limit * 3 / 4, manifold: 0, kind: .cancelAll, stamp: self.shutdownStamp)
        self.timers.insert(at: self.now + limit, manifold: 0, kind: .abandonAll, stamp: self.shutdownStamp)
    }

    /// The shutdown is nearly over: no more waiting for dependents, everything left is asked and cancelled now.
    mutating func cancelAll() {
        self.isHasty = true
        if self.state == .draining { self.stopAll() }
        for id in self.nodes.indices where self.nodes[id].instance != nil { self.ask(id) }
        self.cancelAsked()
    }

    private mutating func cancelAsked() {
        for id in self.nodes.indices {
            guard let instance = self.nodes[id].instance, instance.isAsked, !instance.isCancelled else { continue }
            self.nodes[id].instance?.isCancelled = true
            self.actions.append(.cancel(id))
            self.setInstanceTimer(id, after: self.nodes[id].deadlines.cancelled)
        }
    }

    mutating func abandonAll() {
        if self.state == .draining { self.stopAll() }
        for id in self.nodes.indices where self.nodes[id].instance != nil {
            self.ask(id)
            self.abandon(id)
        }
    }

    /// Which of the endings is the one to tell: that of the highest rank, and the first of those.
    var worstEnding: Int? {
        self.endings.indices.reduce(nil) { worst, index in
            guard let worst, self.endings[index].rank <= self.endings[worst].rank else { return index }
            return worst
        }
    }

    mutating func finishIfDone() {
        guard self.state == .stopping, self.live == 0 else { return }
        self.state = .stopped
        self.shutdownStamp &+= 1
        self.reportState()
        self.actions.append(.finished(self.worstEnding.map { self.endings[$0].outcome } ?? .completed))
    }
}
