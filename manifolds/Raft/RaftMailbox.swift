import AgentResources
import NIOConcurrencyHelpers
import NIOCore

/// The way to Raft's event loop from any thread; closed before the loop ends, so that nothing runs into the void.
final class RaftMailbox: OperationConsumer {
    private let shell = NIOLockedValueBox<NIOLoopBound<RaftShell>?>(nil)
    private let eventLoop: any EventLoop

    init(eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func open(_ shell: NIOLoopBound<RaftShell>) { self.shell.withLockedValue { $0 = shell } }

    func close() { self.shell.withLockedValue { $0 = nil } }

    /// Runs `body` on the loop soon; false when there is nobody there (any more).
    @discardableResult
    func post(_ body: @escaping @Sendable (RaftShell) -> Void) -> Bool {
        self.shell.withLockedValue { shell in
            guard let shell else { return false }
            self.eventLoop.execute { body(shell.value) }
            return true
        }
    }

    func operationsAvailable() { self.post { $0.operationsAvailable() } }
}
