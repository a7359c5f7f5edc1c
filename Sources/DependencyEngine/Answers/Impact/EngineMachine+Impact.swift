extension EngineMachine {
    /// What a bounce of `id` would do.
    func impact(of id: ManifoldID, now: Duration) -> Impact {
        let users = self.usersOfAll(from: id)
        var rehearsal = Rehearsal(self, now: now)
        rehearsal.play(.bounce(id))
        // What moves for reasons of its own meanwhile is not this bounce's doing.
        let stopped = rehearsal.stopped.filter { users.contains($0) }
        let started = rehearsal.started.filter { users.contains($0) }
        let times = rehearsal.readyAt.filter { users.contains($0.key) }
        let steps = stopped.map { self.journal[$0].stop } + started.map { self.journal[$0].start }
        let isMeasured = started.contains { self.journal[$0].start != nil }
        return Impact(
            name: self.nodes[id].name,
            state: self.manifoldState(id),
            stops: self.stopWaves(stopped),
            starts: self.startWaves(started),
            emptied: self.emptied(by: Set(stopped)),
            ownGapInMilliseconds: isMeasured ? times[id]?.roundedMilliseconds : nil,
            gapInMilliseconds: isMeasured ? times.values.max()?.roundedMilliseconds : nil,
            isLeast: steps.contains(nil)
        )
    }

    /// `id` and all that need it, directly or not, so that its bounce may move them.
    private func usersOfAll(from id: ManifoldID) -> Set<ManifoldID> {
        var users: Set<ManifoldID> = [id]
        var work = [id]
        while let next = work.popLast() {
            for dependent in self.nodes[next].dependents where users.insert(dependent.manifold).inserted {
                work.append(dependent.manifold)
            }
        }
        return users
    }

    /// Each one wave after the last of those that hold its output. `order` has those first.
    private func stopWaves(_ order: [ManifoldID]) -> [[Impact.Step]] {
        self.waves(order, took: { self.journal[$0].stop }) { id, waves in
            self.nodes[id].dependents
                .filter { self.nodes[$0.manifold].received[$0.input] != 0 }
                .compactMap { waves[$0.manifold] }.max()
        }
    }

    /// Each one wave after the last of its inputs. `order` has those first.
    private func startWaves(_ order: [ManifoldID]) -> [[Impact.Step]] {
        self.waves(order, took: { self.journal[$0].start }) { id, waves in
            self.nodes[id].inputs.filter { $0.kind != .deferred && !$0.isLive }.compactMap { waves[$0.provider] }.max()
        }
    }

    private func waves(
        _ order: [ManifoldID],
        took: (ManifoldID) -> Duration?,
        after: (ManifoldID, [ManifoldID: Int]) -> Int?
    ) -> [[Impact.Step]] {
        var wave: [ManifoldID: Int] = [:]
        var waves: [[Impact.Step]] = []
        for id in order {
            let index = after(id, wave).map { $0 + 1 } ?? 0
            wave[id] = index
            while waves.count <= index { waves.append([]) }
            waves[index].append(
                Impact.Step(name: self.nodes[id].name, measuredInMilliseconds: took(id)?.roundedMilliseconds)
            )
        }
        return waves.map { $0.sorted { $0.name < $1.name } }
    }

    private func emptied(by stopped: Set<ManifoldID>) -> [Impact.Emptied] {
        var emptied: Set<Impact.Emptied> = []
        for provider in stopped where self.nodes[provider].isPublished {
            let dependents = self.nodes[provider].deferredDependents + self.nodes[provider].dependents
            for dependent in dependents where !stopped.contains(dependent.manifold) {
                let user = self.nodes[dependent.manifold]
                let input = user.inputs[dependent.input]
                guard user.instance != nil, input.kind == .deferred || input.isLive else { continue }
                emptied.insert(
                    Impact.Emptied(
                        name: user.name,
                        provider: self.nodes[provider].name,
                        kind: input.kind,
                        isLive: input.isLive
                    )
                )
            }
        }
        return emptied.sorted { ($0.name, $0.provider) < ($1.name, $1.provider) }
    }
}
