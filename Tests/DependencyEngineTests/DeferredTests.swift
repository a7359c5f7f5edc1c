import DependencyEngine
import DependencyEngineTesting
import Testing

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
}
