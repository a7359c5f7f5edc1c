/// Walks back from what was ready last to what it waited for, and so on to the beginning.
struct TimelineChains {
    let machine: EngineMachine
    let entries: [TransitionJournal.Entry]
    /// Which of them are a manifold's, in order.
    let byManifold: [ManifoldID: [Int]]

    /// Of the first start: from `run` to the last manifold that was ready when nothing was starting any more.
    func firstStart() -> Timeline.Chain? {
        let journal = self.machine.journal
        let end = journal.startEnd
        var last: ManifoldID?
        for id in self.machine.nodes.indices {
            let ready = journal[id].firstReady
            guard !ready.isNever, ready <= end ?? ready else { continue }
            if last.map({ journal[$0].firstReady <= ready }) ?? true { last = id }
        }
        var steps: [Timeline.Chain.Step] = []
        while let id = last, steps.count <= self.machine.nodes.count {
            let times = journal[id]
            steps.append(self.step(id, .starting, times.firstBegan, times.firstReady))
            last = self.providers(of: id)
                .filter { !journal[$0].firstReady.isNever && journal[$0].firstReady <= times.firstBegan }
                .max { journal[$0].firstReady < journal[$1].firstReady }
        }
        return steps.isEmpty ? nil : Timeline.Chain(steps: steps.reversed())
    }

    /// Of the last manifold that was started anew: stops, back-off and starts, from what set them off.
    func lastRestart() -> Timeline.Chain? {
        guard let last = self.entries.lastIndex(where: { $0.kind == .ready && $0.generation > 1 }) else { return nil }
        var steps: [Timeline.Chain.Step] = []
        var next: Int? = last
        while let index = next, steps.count < 1_000 {
            next =
                self.entries[index].kind == .ready
                ? self.beforeStart(endingAt: index, &steps) : self.beforeStop(endingAt: index, &steps)
        }
        return steps.isEmpty ? nil : Timeline.Chain(steps: steps.reversed())
    }

    /// Adds the start that ended at `index`; returns what it waited for.
    private func beforeStart(endingAt index: Int, _ steps: inout [Timeline.Chain.Step]) -> Int? {
        let id = Int(self.entries[index].manifold)
        guard let begun = self.last(of: id, before: index, where: { $0 == .starting }) else { return nil }
        let at = self.entries[begun].at
        steps.append(self.step(id, .starting, at, self.entries[index].at))
        guard let own = self.last(of: id, before: begun, where: { $0.isEnd }) else { return nil }
        let provided = self.providers(of: id).compactMap { self.last(of: $0, before: begun, where: { $0 == .ready }) }
        // Whoever still held its output until this very moment.
        let released = self.machine.nodes[id].dependents
            .compactMap { self.last(of: $0.manifold, before: begun, where: { $0.isEnd }) }
            .filter { self.entries[$0].at == at }
        let cause = (provided + released + [own]).max() ?? own
        guard cause == own else { return cause }
        if self.hasRetry(id, before: begun), self.entries[own].at < at {
            steps.append(self.step(id, .backingOff, self.entries[own].at, at))
        }
        return self.entries[own].kind == .stopped ? own : nil
    }

    /// Whether the instance before the start at `begun` ended with another attempt arranged.
    private func hasRetry(_ id: ManifoldID, before begun: Int) -> Bool {
        let failed = self.byManifold[id]?.last { $0 < begun && self.entries[$0].retries }
        return failed.map { self.entries[$0].generation == self.entries[begun].generation - 1 } ?? false
    }

    /// Adds the stop that ended at `index`; returns what it waited for, which ended in the same transition.
    private func beforeStop(endingAt index: Int, _ steps: inout [Timeline.Chain.Step]) -> Int? {
        let id = Int(self.entries[index].manifold)
        guard let asked = self.last(of: id, before: index, where: { $0 == .stopping }) else { return nil }
        let at = self.entries[asked].at
        steps.append(self.step(id, .stopping, at, self.entries[index].at))
        return self.machine.nodes[id].dependents
            .compactMap { self.last(of: $0.manifold, before: asked, where: { $0 == .stopped }) }
            .filter { self.entries[$0].at == at }
            .max()
    }

    private func last(of id: ManifoldID, before index: Int, where isWanted: (EngineEvent.Kind) -> Bool) -> Int? {
        self.byManifold[id]?.last { $0 < index && isWanted(self.entries[$0].kind) }
    }

    private func providers(of id: ManifoldID) -> [ManifoldID] {
        self.machine.nodes[id].inputs.filter { $0.kind != .deferred && !$0.isLive }.map(\.provider)
    }

    private func step(_ id: ManifoldID, _ state: ManifoldState, _ begin: Moment, _ end: Moment) -> Timeline.Chain.Step {
        Timeline.Chain.Step(
            name: self.machine.nodes[id].name,
            state: state,
            begin: begin.sinceStart.roundedMilliseconds,
            end: end.sinceStart.roundedMilliseconds
        )
    }
}

extension EngineEvent.Kind {
    /// Whether an instance was over with it.
    fileprivate var isEnd: Bool {
        switch self {
        case .stopped, .failed, .bounced, .abandoned, .finished: true
        default: false
        }
    }
}
