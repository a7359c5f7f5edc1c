import DependencyEngine
import DependencyEngineTesting
import Testing

private struct Settings: Sendable, Equatable {
    var port = 80
    var interval = 10
}

extension Input where Self == Resource<Watched<Settings>> {
    fileprivate static var settings: Self { .init("settings") }
}

extension Input where Self == Resource<Int> {
    fileprivate static var port: Self { .init("port") }
    fileprivate static var interval: Self { .init("interval") }
}

@Suite(.timeLimit(.minutes(1))) struct WatchedTests {
    /// settings ← port ← server, settings ← interval ← job
    private func graph(_ watched: Watched<Settings>, _ journal: Journal) -> [Manifold] {
        [
            .constant(.settings, watched),
            .slice(.port, of: .settings) { $0.port },
            .slice(.interval, of: .settings) { $0.interval },
            Manifold("server", needs: .port) { port in Recording(name: "server on \(port)", journal: journal) },
            Manifold("job", needs: .interval) { every in Recording(name: "job every \(every)", journal: journal) },
        ]
    }

    @Test("a watched value gives what it is now and each change, newest only, until its reader is cancelled")
    func changes() async throws {
        let (watched, setter) = Watched.make(1)
        var reader = watched.changes().makeAsyncIterator()
        #expect(await reader.next() == 1)
        setter.set(2)
        setter.set(3)
        #expect(watched.current == 3)
        #expect(await reader.next() == 3)
        setter.update { $0 += 1 }
        #expect(await reader.next() == 4)
        let waiting = Task {
            var count = 0
            for await _ in watched.changes() { count += 1 }
            return count
        }
        waiting.cancel()
        #expect(await waiting.value <= 1)
    }

    @Test("two who change a watched value in place at once lose nothing")
    func updates() async {
        let (watched, setter) = Watched.make(0)
        let tasks = (0..<8).map { _ in Task.detached { for _ in 0..<100 { setter.update { $0 += 1 } } } }
        for task in tasks { await task.value }
        #expect(watched.current == 800)
    }

    @Test(
        "a change of a configuration starts anew only what reads the changed part, dependents stopping first, uncharged"
    )
    func slices() async throws {
        let journal = Journal()
        let (watched, setter) = Watched.make(Settings())
        try await withEngine(self.graph(watched, journal)) { engine, _ in
            try await engine.ready(["server", "job"])
            setter.update { $0.port = 81 }
            await journal.wait(for: "run server on 81")
            try await engine.ready(["server", "job"])
            let report = await engine.report()
            #expect(report["job"]?.generation == 1)
            #expect(report["interval"]?.generation == 1)
            #expect(report["settings"]?.generation == 1)
            #expect(report["port"]?.generation == 2)
            #expect(report["port"]?.failureCount == 0)
            #expect(report["server"]?.failureCount == 0)
            #expect(report["server"]?.startCount == 2, "one start for one change")
        }
        let server = journal.lines.filter { $0.contains("server") }
        #expect(server == ["run server on 80", "end server on 80", "run server on 81", "end server on 81"])
        #expect(!journal.lines.contains("end server on 81 twice"))
    }

    @Test("a change that leaves the part as it was restarts nobody")
    func equalPart() async throws {
        let (watched, setter) = Watched.make(Settings())
        try await withEngine(self.graph(watched, Journal())) { engine, _ in
            try await engine.ready(["server", "job"])
            setter.set(Settings(port: 80, interval: 11))
            try await until(engine) { $0["job"]?.generation == 2 && $0["job"]?.state == .ready }
            #expect(await engine.report()["port"]?.generation == 1)
        }
    }

    @Test("quick changes one after another are not slowed as a worker that keeps bouncing itself is")
    func quick() async throws {
        let journal = Journal()
        let (watched, setter) = Watched.make(Settings())
        // The clock stands still: any back-off would last for ever.
        try await withEngine(self.graph(watched, journal)) { engine, _ in
            try await engine.ready(["server"])
            for port in 81...90 {
                setter.update { $0.port = port }
                await journal.wait(for: "run server on \(port)")
            }
            #expect(await engine.report()["port"]?.failureCount == 0)
            #expect(await engine.report()["port"]?.retryInMilliseconds == nil)
        }
    }

    @Test("a change between the start of a slice and the run of its worker is not lost")
    func early() async throws {
        let journal = Journal()
        let (watched, setter) = Watched.make(Settings())
        let engine = Engine(clock: ManualClock())
        try await engine.install(self.graph(watched, journal))
        // Reading the part changes it: as early as a change can come.
        let part = Box()
        try await engine.install {
            Manifold.slice(Resource<Int>("early"), of: .settings) { settings in
                if part.value == 0 {
                    part.value = 1
                    return 0
                }
                return settings.interval
            }
        }
        let run = Task { try await engine.run() }
        try await until(engine) { $0["early"]?.generation == 2 && $0["early"]?.state == .ready }
        setter.update { $0.interval += 1 }
        try await until(engine) { $0["early"]?.generation == 3 && $0["early"]?.state == .ready }
        engine.shutdown()
        try await run.value
    }

    @Test("a value that sets another one as it goes holds nobody up")
    func reentrant() {
        final class Last: Sendable {
            let whenGone: @Sendable () -> Void
            init(_ whenGone: @escaping @Sendable () -> Void = {}) { self.whenGone = whenGone }
            deinit { self.whenGone() }
        }
        let setters = Locked<[Watched<Last>.Setter]>([])
        let (watched, setter) = Watched.make(Last())
        setters.withLock { $0 = [setter] }
        setter.set(Last { setters.withLock { $0 }.first?.set(Last()) })
        setter.set(Last())
        setter.update { $0 = Last { setters.withLock { $0 }.first?.set(Last()) } }
        setter.update { $0 = Last() }
        _ = watched.current
        setters.withLock { $0 = [] }
    }
}
