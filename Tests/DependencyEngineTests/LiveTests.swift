import DependencyEngineTesting
import Testing

@testable import DependencyEngine

@Suite(.timeLimit(.minutes(1))) struct LiveTests {
    private func provider(_ journal: Journal) -> Manifold {
        Manifold(.a) {
            Recording(name: "a", journal: journal)
        } provides: {
            $0.name
        }
    }

    @Test("a live input brings each generation of its provider to a worker that runs on, and ends with its stop")
    func life() async throws {
        let journal = Journal()
        let user = Manifold("user", needs: .a.optional.live) { a in
            ClosureWorker { context in
                for await stamped in a.changes() {
                    journal.append(stamped.map { "has \((try? $0.value) ?? "stale") \($0.generation)" } ?? "has none")
                }
                journal.append("over, stop requested: \(context.stop.isRequested)")
            }
        }
        try await withEngine([user]) { engine, clock in
            await journal.wait(for: "has none")
            try await engine.install([self.provider(journal)])
            try await until(engine) { $0["a"]?.state == .ready }
            clock.advance(by: .milliseconds(50))
            await journal.wait(for: "has a 1")
            try await engine.bounce("a")
            try await until(engine) { $0["a"]?.generation == 2 && $0["a"]?.state == .ready }
            clock.advance(by: .milliseconds(50))
            await journal.wait(for: "has a 2")
            try await engine.uninstall("a")
            try await until(engine) { $0["a"] == nil || $0["a"]?.state == .unknown }
            clock.advance(by: .milliseconds(50))
            await journal.wait(for: "has none", count: 2)
            #expect(await engine.report()["user"]?.generation == 1)
        }
        #expect(journal.lines.last == "over, stop requested: true")
    }

    @Test("current is what was delivered, and nothing as soon as that is stale")
    func current() async throws {
        let journal = Journal()
        let handle = Locked(Live<String>?.none)
        let user = Manifold("user", needs: .a.optional.live) { a in
            handle.withLock { $0 = a }
            return Recording(name: "user", journal: journal)
        }
        try await withEngine([self.provider(journal), user]) { engine, clock in
            try await engine.ready(["a", "user"])
            let live = try #require(handle.withLock { $0 })
            #expect(try live.current?.value == "a")
            let old = try #require(live.current)
            try await engine.bounce("a")
            try await until(engine) { $0["a"]?.generation == 2 && $0["a"]?.state == .ready }
            #expect(live.current == nil)
            #expect(throws: StaleInput(provider: "a", generation: 1)) { try old.value }
            clock.advance(by: .milliseconds(50))
            try await engine.settled()
            #expect(live.current?.generation == 2)
        }
    }

    @Test("a reader of a live input that is slow sees the newest generation only")
    func newestOnly() async throws {
        let (live, set) = Live<Int>.standalone()
        var reader = live.changes().makeAsyncIterator()
        let none = try #require(await reader.next())
        #expect(none == nil)
        for value in 1...100 { set(value) }
        let newest = try #require(await reader.next() ?? nil)
        #expect(try newest.value == 100)
        #expect(newest.generation == 100)
        set(nil)
        let gone = try #require(await reader.next())
        #expect(gone == nil)
        #expect(live.current == nil)
    }
}
