import DependencyEngine
import DependencyEngineTesting
import Testing

/// Leads when told to, and says in which term.
private actor Elections {
    private(set) var term = 0
    private var leading = false
    private var waiters: [(leading: Bool, continuation: CheckedContinuation<Void, Never>)] = []

    func set(leading: Bool) {
        self.leading = leading
        if leading { self.term += 1 }
        let due = self.waiters.filter { $0.leading == leading }
        self.waiters.removeAll { $0.leading == leading }
        for waiter in due { waiter.continuation.resume() }
    }

    /// Lets every wait go, for the end of a test.
    func release() {
        self.set(leading: true)
        self.set(leading: false)
    }

    func wait(leading: Bool) async {
        guard self.leading != leading else { return }
        await withCheckedContinuation { self.waiters.append((leading, $0)) }
    }
}

/// Ready only while leading, as a manifold that others need to run only on a leader.
private final class FlagWorker: Worker {
    let elections: Elections
    private let term = Box()

    init(elections: Elections) { self.elections = elections }

    var output: String { "term \(self.term.value)" }

    func run(_ context: WorkerContext) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await context.stop.wait() }
            group.addTask {
                await self.elections.wait(leading: true)
                if context.stop.isRequested { return }
                self.term.value = await self.elections.term
                context.ready()
                await self.elections.wait(leading: false)
                throw Verdict.bounce("no longer leading")
            }
            defer { group.cancelAll() }
            try await group.next()
            await self.elections.release()
        }
    }
}

@Suite(.timeLimit(.minutes(1))) struct LeaderFlagTests {
    @Test("what needs a leader runs only while there is one, each time with that term's output")
    func follows() async throws {
        let journal = Journal()
        let elections = Elections()
        let flag = Manifold(.a) {
            FlagWorker(elections: elections)
        } provides: {
            $0.output
        }.readiness(.signalled)
        let user = Manifold("user", needs: .a) { term in Recording(name: "user in \(term)", journal: journal) }
        try await withEngine([flag, user]) { engine, clock in
            await elections.set(leading: true)
            await journal.wait(for: "run user in term 1")
            clock.advance(by: .seconds(1))
            await elections.set(leading: false)
            await journal.wait(for: "end user in term 1")
            try await engine.settled()
            #expect(await engine.report()["user"]?.state == .waiting)
            await elections.set(leading: true)
            await journal.wait(for: "run user in term 2")
            let report = await engine.report()
            #expect(report["a"]?.failureCount == 0)
            #expect(report["user"]?.failureCount == 0)
        }
    }

    @Test("a second signal of readiness changes nothing")
    func twice() async throws {
        let journal = Journal()
        let flag = Manifold(.a) {
            ClosureWorker { context in
                context.ready()
                context.ready()
                await context.stop.wait()
            }
        } provides: { _ in
            "flag"
        }
        .readiness(.signalled)
        try await withEngine([flag, Manifold("user", needs: .a) { Recording(name: $0, journal: journal) }]) { _, _ in
            await journal.wait(for: "run flag")
        }
        #expect(journal.lines == ["run flag", "end flag"])
    }
}
