import DependencyEngineTesting
import Testing

@testable import DependencyEngine

@Suite(.timeLimit(.minutes(1))) struct DeferredTests {
    @Test("a deferred handle is filled while its provider is ready, emptied by its stop, and filled again")
    func life() async throws {
        let journal = Journal()
        let handles = Journal()
        let watcher = Manifold("watcher", needs: .a.deferred) { a in
            ClosureWorker { context in
                let watching = Task {
                    for await value in a.changes() { handles.append(value ?? "empty") }
                }
                await context.stop.wait()
                watching.cancel()
            }
        }
        let provider = Manifold(.a) {
            Recording(name: "a", journal: journal)
        } provides: { _ in
            "full"
        }
        try await withEngine([watcher]) { engine, _ in
            await handles.wait(for: "empty")
            try await engine.install([provider])
            await handles.wait(for: "full")
            try await engine.park("a")
            await handles.wait(for: "empty", count: 2)
            try await engine.resume("a")
            await handles.wait(for: "full", count: 2)
            #expect(await engine.report()["watcher"]?.startCount == 1)
        }
        #expect(handles.lines.prefix(4) == ["empty", "full", "empty", "full"])
    }

    @Test("a wait for a deferred value ends with the value")
    func waits() async throws {
        let clock = ManualClock()
        let (handle, set) = Deferred<Int>.standalone(clock: clock)
        let waiting = Task { try await handle.value(timeout: .seconds(5)) }
        set(7)
        #expect(try await waiting.value == 7)
        #expect(handle.current == 7)
        #expect(try await handle.value(timeout: .zero) == 7)
        set(nil)
        #expect(handle.current == nil)
    }

    @Test("a wait for a deferred value ends at its deadline, naming what was missing")
    func timesOut() async throws {
        let clock = ManualClock()
        let (handle, _) = Deferred<Int>.standalone(clock: clock)
        let journal = Journal()
        let waiting = Task {
            defer { journal.append("over") }
            return try await handle.value(timeout: .seconds(5))
        }
        // The deadline counts from the call, whose moment is the task's own: time goes on until it is over.
        while journal.count("over") == 0 && !Task.isCancelled {
            clock.advance(by: .seconds(5))
            await Task.yield()
        }
        let error = await #expect(throws: InputError.self) { try await waiting.value }
        #expect(error?.description == "standalone was not available within 5.0 seconds")
    }

    @Test("a wait for a deferred value ends when its task is cancelled")
    func cancelled() async throws {
        let (handle, _) = Deferred<Int>.standalone(clock: ManualClock())
        let waiting = Task { try await handle.value(timeout: .seconds(5)) }
        waiting.cancel()
        await #expect(throws: CancellationError.self) { try await waiting.value }
    }

    @Test("a reader of changes that is slow sees the newest only")
    func newestOnly() async throws {
        let (handle, set) = Deferred<Int>.standalone()
        let changes = handle.changes()
        for value in 1...100 { set(value) }
        var iterator = changes.makeAsyncIterator()
        #expect(await iterator.next() == .some(100))
    }

    @Test("a wait that is over, however it ended, leaves neither a timer nor a waiter")
    func leavesNothing() async throws {
        let clock = ManualClock()
        let (handle, set) = Deferred<Int>.standalone(clock: clock)
        let filled = Task { try await handle.value(timeout: .seconds(5)) }
        let cancelled = Task { try await handle.value(timeout: .seconds(5)) }
        let late = Task { try await handle.value(timeout: .seconds(3)) }
        await clock.sleepers(atLeast: 3)
        cancelled.cancel()
        await #expect(throws: CancellationError.self) { try await cancelled.value }
        clock.advance(by: .seconds(3))
        await #expect(throws: InputError.timedOut("standalone", .seconds(3))) { try await late.value }
        set(1)
        #expect(try await filled.value == 1)
        #expect(handle.source.waiterCount == 0)
        while clock.sleepers > 0 && !Task.isCancelled { await Task.yield() }
        #expect(clock.sleepers == 0)
    }

    @Test("a value that comes and goes before a waiter looks is not lost")
    func passing() async throws {
        let clock = ManualClock()
        let (handle, set) = Deferred<Int>.standalone(clock: clock)
        let waiting = Task { try await handle.value(timeout: .seconds(5)) }
        await clock.sleepers(atLeast: 1)
        while !handle.source.isWaitedFor && !Task.isCancelled { await Task.yield() }
        set(7)
        set(nil)
        #expect(try await waiting.value == 7)
    }

    @Test("several readers of changes each see them all at their own pace")
    func readers() async throws {
        let (handle, set) = Deferred<Int>.standalone(1)
        let changes = handle.changes()
        var first = changes.makeAsyncIterator()
        var second = changes.makeAsyncIterator()
        #expect(await first.next() == .some(1))
        set(2)
        #expect(await first.next() == .some(2))
        #expect(await second.next() == .some(2))
        set(nil)
        #expect(await first.next() == .some(nil))
    }

    @Test("readers cancelled while values come in end, every one")
    func cancelledUnderLoad() async throws {
        let (handle, set) = Deferred<Int>.standalone(clock: ManualClock())
        let setting = Task.detached {
            for value in 0..<100_000 where !Task.isCancelled { set(value % 2 == 0 ? nil : value) }
        }
        for _ in 0..<100 {
            let reading = Task.detached { for await _ in handle.changes() {} }
            let waiting = Task.detached { _ = try? await handle.value(timeout: .seconds(5)) }
            await Task.yield()
            reading.cancel()
            waiting.cancel()
            await reading.value
            await waiting.value
        }
        setting.cancel()
        await setting.value
        #expect(handle.source.waiterCount == 0)
    }

    @Test("changes end when the engine does, and a wait for a value says at once that it is not available")
    func engineEnds() async throws {
        let engine = Engine(clock: ManualClock())
        let handles = Locked<Deferred<String>?>(nil)
        let handed = Journal()
        try await engine.install([
            Manifold("watcher", needs: .a.deferred) { a in
                handles.withLock { $0 = a }
                handed.append("handed")
                return IdleWorker()
            }
        ])
        let run = Task { try await engine.run() }
        await handed.wait(for: "handed")
        let handle = try #require(handles.withLock { $0 })
        let reading = Task.detached { for await _ in handle.changes() {} }
        let waiting = Task.detached { try await handle.value(timeout: .seconds(5)) }
        engine.shutdown()
        try await run.value
        await reading.value
        await #expect(throws: InputError.notAvailable("a")) { try await waiting.value }
        await #expect(throws: InputError.notAvailable("a")) { try await handle.value(timeout: .seconds(5)) }
    }
}
