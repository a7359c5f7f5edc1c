extension EngineMachine {
    /// The earliest deadline that still means something.
    mutating func nextDeadline() -> Duration? {
        while let first = self.timers.first, !self.isLive(first) { self.timers.popFirst() }
        return self.timers.first?.at
    }

    mutating func fireTimers() {
        while let entry = self.timers.first, entry.at <= self.now {
            self.timers.popFirst()
            guard self.isLive(entry) else { continue }
            switch entry.kind {
            case .retry:
                self.clearRetry(entry.id)
                self.considerStart(entry.id)
            case .settle: self.settleElapsed(entry.id)
            case .instance: self.instanceOverdue(entry.id)
            case .drainOver: self.stopAll()
            case .cancelAll: self.cancelAll()
            case .abandonAll: self.abandonAll()
            }
        }
    }

    mutating func setInstanceTimer(_ id: ManifoldID, after delay: Duration) {
        self.nodes[id].instanceStamp &+= 1
        self.timers.insert(at: self.now + delay, manifold: id, kind: .instance, stamp: self.nodes[id].instanceStamp)
        self.compactTimers()
    }

    /// Waits a settle window from the first change; later changes inside it do not prolong it.
    mutating func armSettle(_ id: ManifoldID) {
        guard self.nodes[id].settle != .armed else { return }
        self.nodes[id].settle = .armed
        self.nodes[id].settleStamp &+= 1
        self.timers.insert(
            at: self.now + self.configuration.settleWindow,
            manifold: id,
            kind: .settle,
            stamp: self.nodes[id].settleStamp
        )
        self.updateMoving(id)
    }

    mutating func disarmSettle(_ id: ManifoldID) {
        guard self.nodes[id].settle != .idle else { return }
        self.nodes[id].settle = .idle
        self.nodes[id].settleStamp &+= 1
        self.updateMoving(id)
    }

    private func isLive(_ entry: TimerQueue.Entry) -> Bool {
        switch entry.kind {
        case .retry: entry.stamp == self.nodes[entry.id].retryStamp
        case .settle: entry.stamp == self.nodes[entry.id].settleStamp
        case .instance: entry.stamp == self.nodes[entry.id].instanceStamp
        case .drainOver, .cancelAll, .abandonAll: entry.stamp == self.shutdownStamp
        }
    }

    /// A manifold has at most three live deadlines and the engine three; the rest of a large queue is old.
    private mutating func compactTimers() {
        guard self.timers.count > 256, self.timers.count > 8 * self.nodes.count else { return }
        let machine = self
        self.timers.compact { machine.isLive($0) }
    }
}
