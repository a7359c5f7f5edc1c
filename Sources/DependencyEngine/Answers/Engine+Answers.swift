extension Engine {
    /// What runs and what does not, now.
    public func report() -> EngineReport {
        self.machine.makeReport(now: self.clock.now())
    }

    /// Why a manifold is as it is: its unmet inputs down to the root cause. Also for names that are only needed.
    public func why(_ name: String) throws(EngineError) -> Explanation {
        guard let id = self.machine.ids[name] else { throw .unknownManifold(name) }
        return self.machine.explain(id, now: self.clock.now())
    }

    /// The graph with its live state, as text in `format`; deferred edges are dashed, optional ones dotted.
    public func graph(_ format: GraphFormat) -> String {
        self.machine.graph(format)
    }
}
