import DependencyEngine
import DependencyEngineTesting
import Testing

@Suite struct UntilStoppedTests {
    @Test("work that runs until the stop is cancelled by it, and its cancellation is no error")
    func stopped() async throws {
        let (signal, _, stop) = StopSignal.standalone()
        let journal = Journal()
        let clock = ManualClock()
        let worker = Task {
            try await WorkerContext.standalone(stop: signal).untilStopped {
                journal.append("works")
                try await clock.sleep(for: .seconds(1))
            }
        }
        await journal.wait(for: "works")
        stop()
        try await worker.value
    }

    @Test("work that ends by itself, or fails, ends its worker so")
    func ended() async throws {
        let context = WorkerContext.standalone()
        try await context.untilStopped {}
        await #expect(throws: Broken.self) { try await context.untilStopped { throw Broken() } }
    }
}
