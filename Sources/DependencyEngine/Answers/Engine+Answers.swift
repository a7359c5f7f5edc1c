extension Engine {
    /// What runs and what does not, now.
    public func report() -> EngineReport {
        self.machine.sortNames()
        return self.machine.makeReport(now: self.clock.now())
    }

    /// Why a manifold is as it is: its unmet inputs down to the root cause. Also for names that are only needed.
    public func why(_ name: String) throws(EngineError) -> Explanation {
        guard let id = self.machine.ids[name] else { throw .unknownManifold(name) }
        return self.machine.explain(id, now: self.clock.now())
    }

    /// What a bounce of a manifold would stop and start, in which order, and for how long; nothing is done.
    ///
    /// Rehearsed outside the engine's own turn, on a copy: the engine goes on meanwhile.
    @concurrent
    public nonisolated func impact(_ name: String) async throws(EngineError) -> Impact {
        let (machine, now) = await self.snapshot()
        guard let id = machine.ids[name], machine.nodes[id].declaration != nil else { throw .unknownManifold(name) }
        return machine.impact(of: id, now: now)
    }

    /// The graph with its live state, as text in `format`; deferred edges are dashed, optional ones dotted.
    ///
    /// Drawn outside the engine's own turn, on a copy: the engine goes on meanwhile.
    @concurrent
    public nonisolated func graph(_ format: GraphFormat) async -> String {
        let (machine, now) = await self.snapshot()
        return machine.graph(format, now: now)
    }

    /// What the manifolds did and when, as far as that is kept: the last 4,096 transitions, and every first start.
    ///
    /// Put together outside the engine's own turn, on a copy: the engine goes on meanwhile.
    @concurrent
    public nonisolated func timeline() async -> Timeline {
        let (machine, now) = await self.snapshot()
        return machine.timeline(now: now)
    }

    private func snapshot() -> (machine: EngineMachine, now: Duration) {
        (self.machine, self.clock.now())
    }
}
