extension EngineMachine {
    /// The history as far as it is kept. Linear in manifolds and in the transitions kept.
    func timeline(now: Duration) -> Timeline {
        let entries = self.journal.entries
        var byManifold: [ManifoldID: [Int]] = [:]
        for (index, entry) in entries.enumerated() { byManifold[Int(entry.manifold), default: []].append(index) }
        var rows: [(first: Moment, row: Timeline.Row)] = []
        for id in self.nodes.indices {
            let times = self.journal[id]
            guard !times.firstBegan.isNever else { continue }
            var spans = TimelineSpans(oldest: self.journal.forgotten > 0 ? entries.first?.at : nil)
            for index in byManifold[id] ?? [] { spans.take(entries[index]) }
            if byManifold[id] == nil, let instance = self.nodes[id].instance, let readyAt = instance.readyAt {
                spans.open(.ready, Moment(readyAt), instance.generation)
            }
            rows.append((times.firstBegan, self.row(id, spans.finished(), times)))
        }
        rows.sort { ($0.first, $0.row.name) < ($1.first, $1.row.name) }
        let chains = TimelineChains(machine: self, entries: entries, byManifold: byManifold)
        let blame = rows.compactMap { row in
            row.row.startTook.map { Timeline.Blame(name: row.row.name, startTook: $0) }
        }
        return Timeline(
            now: now.roundedMilliseconds,
            runAt: self.journal.runAt?.sinceStart.roundedMilliseconds,
            startSettled: self.journal.startEnd?.sinceStart.roundedMilliseconds,
            rows: rows.map(\.row),
            start: chains.firstStart(),
            bounce: chains.lastRestart(),
            blame: blame.sorted { ($1.startTook, $0.name) < ($0.startTook, $1.name) },
            forgotten: self.journal.forgotten
        )
    }

    private func row(
        _ id: ManifoldID,
        _ past: (spans: [Timeline.Span], marks: [Timeline.Mark]),
        _ times: TransitionJournal.Times
    ) -> Timeline.Row {
        Timeline.Row(
            name: self.nodes[id].name,
            state: self.manifoldState(id),
            spans: past.spans,
            marks: past.marks,
            firstBegan: times.firstBegan.sinceStart.roundedMilliseconds,
            firstReady: times.firstReady.isNever ? nil : times.firstReady.sinceStart.roundedMilliseconds,
            startTook: times.start?.roundedMilliseconds,
            stopTook: times.stop?.roundedMilliseconds
        )
    }
}
