import DependencyEngine
import DependencyEngineTesting
import Testing

/// Who leads, as some other system decides.
struct Election: Sendable {
    let state = Deferred<Bool>.standalone(false)

    func wait(until leads: Bool) async throws {
        for await value in self.state.handle.changes() where value == leads { return }
        throw CancellationError()
    }
}

extension Input where Self == Resource<Void> {
    static var leadership: Self { .init("leadership") }
}

/// Ready while this process leads.
struct LeaderFlag: Worker {
    let election: Election

    func run(_ context: WorkerContext) async throws {
        try await self.election.wait(until: true)
        context.ready()
        try await self.election.wait(until: false)
        throw Verdict.bounce("leadership lost")
    }
}

extension Manifold {
    static func leadership(_ election: Election) -> Manifold {
        Manifold(.leadership) {
            LeaderFlag(election: election)
        } provides: { _ in
        }
        .readiness(.signalled)
        .stopping(graceful: .zero)
    }

    static var cleaner: Manifold {
        Manifold("cleaner", needs: .leadership, .database) { _, database in Cleaner(database: database) }
    }
}

struct Cleaner: Worker {
    let database: Database

    func run(_ context: WorkerContext) async throws { await context.stop.wait() }
}

@Suite(.timeLimit(.minutes(1))) struct LeaderRecipe {
    @Test("a worker that needs leadership runs while this process leads")
    func leads() async throws {
        let election = Election()
        try await withEngine([.leadership(election), .database, .cleaner]) { engine, _ in
            let probe = EngineProbe(engine)
            try await probe.require("cleaner", isDownBecauseOf: "leadership")
            election.state.set(true)
            try await probe.until("cleaner", is: .ready)
            election.state.set(false)
            try await probe.until("cleaner", is: .waiting)
            election.state.set(true)
            try await probe.until("cleaner", is: .ready)
        }
    }
}
