import AgentResources
import DependencyEngine
import Logging
import NIOConcurrencyHelpers

/// A worker under test, run as the engine would.
struct RunningWorker: Sendable {
    private let task: Task<Void, any Error>
    private let raiseStop: @Sendable () -> Void
    private let isReadyBox: NIOLockedValueBox<Bool>

    init(_ worker: any Worker) {
        let (stop, _, raiseStop) = StopSignal.standalone()
        let isReady = NIOLockedValueBox(false)
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let context = WorkerContext.standalone(
            logger: logger,
            stop: stop,
            ready: { isReady.withLockedValue { $0 = true } }
        )
        self.raiseStop = raiseStop
        self.isReadyBox = isReady
        self.task = Task { try await worker.run(context) }
    }

    var isReady: Bool { self.isReadyBox.withLockedValue { $0 } }

    /// Asks the worker to stop and waits until it has.
    func stop() async throws {
        self.raiseStop()
        try await self.task.value
    }

    /// How the worker ended by itself.
    func end() async -> Result<Void, any Error> { await self.task.result }
}
