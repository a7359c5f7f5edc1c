extension EngineMachine {
    func explain(_ id: ManifoldID, now: Duration) -> Explanation {
        var seen: Set<ManifoldID> = []
        return self.explain(id, kind: nil, now: now, seen: &seen)
    }

    /// A manifold met a second time is named without its own causes: deferred edges may lead in circles.
    private func explain(
        _ id: ManifoldID,
        kind: InputKind?,
        now: Duration,
        seen: inout Set<ManifoldID>
    ) -> Explanation {
        let node = self.nodes[id]
        var because: [Explanation] = []
        if seen.insert(id).inserted {
            var named: Set<ManifoldID> = []
            for input in self.inSight(id) where !self.isAvailable(input) && named.insert(input.provider).inserted {
                because.append(self.explain(input.provider, kind: input.kind, now: now, seen: &seen))
            }
        }
        return Explanation(
            name: node.name,
            kind: kind,
            state: self.manifoldState(id),
            reason: self.reason(id, now: now) ?? "running",
            origin: node.declaration?.origin,
            lastError: self.lastError(id, now: now),
            attempt: self.attempt(id, now: now),
            retryInMilliseconds: node.retryAt.map { max($0 - now, .zero).inMilliseconds },
            because: because
        )
    }
}
